// ai.onnx.contrib@1::StringConcat: texts put together in pairs.

import { defineOp, formatShape, ShapeError, type OpDefinition } from '../../src/schema/index.ts';
import { common, label, textsOf, textTensor } from './common.ts';

/** `y[i]` is `left[i]` followed by `right[i]`.
 *
 * Inputs `left`, `right`: string, of one shape (nothing is broadcast). Output `y`: string, that shape.
 * Other shapes are a ShapeError. */
export const stringConcat: OpDefinition = defineOp({
  ...common,
  type: 'StringConcat',
  inputs: { left: 'string', right: 'string' },
  outputs: { y: 'string' },
  attributes: {},
  infer: ({ left }) => ({ y: left }),
  kernel: ({ left, right }) => {
    const [first, second] = [formatShape(left.dims), formatShape(right.dims)];
    if (first !== second) {
      throw new ShapeError({
        where: label('StringConcat'),
        what: 'inputs left and right',
        rule: 'must have the same shape',
        actual: `${first} and ${second}`,
      });
    }
    const after = textsOf(right);
    return {
      y: textTensor(
        textsOf(left).map((text, i) => text + after[i]!),
        left.dims,
      ),
    };
  },
});
