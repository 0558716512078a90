// ai.onnx.contrib@1::StringLength: lengths in code points.

import { defineOp, type OpDefinition } from '../../src/schema/index.ts';
import { common, int64Tensor, textsOf } from './common.ts';

const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
};

/** `y[i]` is the length of `x[i]` in code points.
 *
 * Input `x`: string, any shape. Output `y`: int64, the shape of `x`. */
export const stringLength: OpDefinition = defineOp({
  ...common,
  type: 'StringLength',
  inputs: { x: 'string' },
  outputs: { y: 'int64' },
  attributes: {},
  infer: ({ x }) => ({ y: { dtype: 'int64', dims: x.dims } }),
  kernel: ({ x }) => ({ y: int64Tensor(textsOf(x).map(lengthOf), x.dims) }),
});
