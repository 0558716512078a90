// Bytes to a ModelProto, with an error a person can act on when they are no ONNX model or a part of one.

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
