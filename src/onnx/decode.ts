// Bytes to a ModelProto, or to a part of one, with an error a person can act on when they are none.

import { messageOf, ModelError } from '../core/errors.ts';
import { numberOf } from './integers.ts';
import { onnx, type OnnxTypes } from './proto.ts';

/** Decodes a model.
 * @param where - The file's name, for messages.
 * @throws {ModelError} Empty, truncated or no ONNX model. */
export const decodeModel = (bytes: Uint8Array, where = 'model'): OnnxTypes.ModelProto => {
  const fail = (rule: string, actual: string, cause?: unknown): never => {
    throw new ModelError({
      where,
      what: 'the file',
      rule,
      actual,
      hint: 'check that the path is right and the download or copy is complete',
      cause,
    });
  };
  if (bytes.length === 0) fail('must be an ONNX model', 'no bytes');
  let model: OnnxTypes.ModelProto;
  try {
    model = onnx.ModelProto.decode(bytes);
  } catch (cause) {
    return fail(
      'must be a whole ONNX model',
      `${bytes.length} bytes that are none or end too early (${messageOf(cause)})`,
      cause,
    );
  }
  const irVersion = numberOf(model.irVersion, where);
  if (irVersion < 1 || irVersion > 1000) {
    fail('must be an ONNX model', `${bytes.length} bytes without an IR version`);
  }
  if (model.graph === null || model.graph === undefined) {
    fail('must be a whole ONNX model', `${bytes.length} bytes without a graph`);
  }
  if (irVersion >= 3 && model.opsetImport.length === 0) {
    fail('must be a whole ONNX model', 'no opset imports');
  }
  return model;
};

/** Decodes a message inside a model.
 * @param type - The message: `onnx.TensorProto`.
 * @param where - What it is, for messages.
 * @throws {ModelError} The bytes are no such message: protobuf's own errors say neither where nor what. */
export const decodePart = <T>(
  type: { decode(bytes: Uint8Array): T },
  bytes: Uint8Array,
  where: string,
): T => {
  try {
    return type.decode(bytes);
  } catch (cause) {
    throw new ModelError({
      where,
      what: 'its bytes',
      rule: 'must be a whole message of ONNX',
      actual: `${bytes.length} bytes that are none or end too early (${messageOf(cause)})`,
      hint: 'check that the path is right and the download or copy is complete',
      cause,
    });
  }
};
