// ai.onnx.contrib@1::StringLower: lower case, by the peer's own table.

import { defineOp, type OpDefinition } from '../../src/schema/index.ts';
import { lowerText } from './characters.ts';
import { common, textsOf, textTensor } from './common.ts';

/** `y[i]` is `x[i]` in lower case: ASCII, Latin-1, Cyrillic and some Greek capitals, code point by code point.
 *
 * Input `x`: string, any shape. Output `y`: string, the shape of `x`. */
export const stringLower: OpDefinition = defineOp({
  ...common,
  type: 'StringLower',
  inputs: { x: 'string' },
  outputs: { y: 'string' },
  attributes: {},
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x }) => ({ y: textTensor(textsOf(x).map(lowerText), x.dims) }),
});
