// ai.onnx.contrib@1::StringUpper: upper case of the letters a to z.

import { defineOp, type OpDefinition } from '../../src/schema/index.ts';
import { common, textsOf, textTensor } from './common.ts';

const upperText = (text: string): string =>
  text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/** `y[i]` is `x[i]` with its letters a to z in upper case; all others stay as they are.
 *
 * Input `x`: string, any shape. Output `y`: string, the shape of `x`. */
export const stringUpper: OpDefinition = defineOp({
  ...common,
  type: 'StringUpper',
  inputs: { x: 'string' },
  outputs: { y: 'string' },
  attributes: {},
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x }) => ({ y: textTensor(textsOf(x).map(upperText), x.dims) }),
});
