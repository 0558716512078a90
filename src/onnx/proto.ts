// The one file that knows the protobuf packages. Everything else reads and writes ONNX through these names.

import onnxProto from 'onnx-proto';
import protobuf from 'protobufjs/minimal.js';

/** The ONNX messages (IR 8, ONNX 1.10): encode, decode, create. */
export const onnx = onnxProto.onnx;
/** Types of the messages. */
export type { onnx as OnnxTypes } from 'onnx-proto';
/** protobufjs' reader, for walks over a message's bytes. */
export const { Reader } = protobuf;
