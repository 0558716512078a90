// The smallest model: one Identity node, for a session that is wanted for itself and never run.

import { onnx } from '../onnx/proto.ts';

/** The bytes of a model with one Identity node. */
export const probeModel = (): Uint8Array => {
  const type = { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }] } } };
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'probe',
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
      input: [{ name: 'x', type }],
      output: [{ name: 'y', type }],
    },
  }).finish();
};
