// ai.onnx.contrib@1::StringJoin: the texts along an axis put together, a separator between them.

import { defineOp, ShapeError, type OpDefinition } from '../../src/schema/index.ts';
import { common, label, onlyElement, onlyText, textsOf, textTensor } from './common.ts';

const product = (dims: readonly number[]): number => dims.reduce((size, dim) => size * dim, 1);

const axisOf = (axis: number, rank: number): number => {
  if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis;
  throw new ShapeError({
    where: label('StringJoin'),
    what: 'input axis',
    rule: `must be between 0 and ${rank - 1}, the input's last axis`,
    actual: String(axis),
  });
};

/** `y` holds the texts of `x` along `axis`, joined by `separator`.
 *
 * Inputs `x`: string, any shape; `separator`: string, one element; `axis`: int64, one element, 0 <= axis < rank (not looked at where
 * `x` is a scalar). Output `y`: string, the shape of `x` without that axis, [1] where `x` has rank 0 or 1; an axis of
 * length 0 gives empty texts. An axis out of range is a ShapeError. */
export const stringJoin: OpDefinition = defineOp({
  ...common,
  type: 'StringJoin',
  inputs: { x: 'string', separator: 'string', axis: 'int64' },
  outputs: { y: 'string' },
  attributes: {},
  infer: ({ x }) => {
    const rank = x.dims?.length;
    if (rank === undefined) return { y: { dtype: 'string', dims: undefined } };
    // The axis is a value: which dimension goes is not known here.
    return { y: { dtype: 'string', dims: rank < 2 ? [1] : Array<null>(rank - 1).fill(null) } };
  },
  kernel: ({ x, separator, axis }) => {
    const between = onlyText('StringJoin', 'separator', separator);
    const wanted = Number(onlyElement('StringJoin', 'axis', axis));
    const texts = textsOf(x);
    if (x.dims.length === 0) return { y: textTensor(texts, [1]) };
    const at = axisOf(wanted, x.dims.length);
    const inner = product(x.dims.slice(at + 1));
    const length = x.dims[at]!;
    const dims = x.dims.length === 1 ? [1] : x.dims.toSpliced(at, 1);
    const joined = Array.from({ length: product(dims) }, (_, i) => {
      const start = Math.floor(i / inner) * length * inner + (i % inner);
      const row = Array.from({ length }, (__, j) => texts[start + j * inner]!);
      return row.join(between);
    });
    return { y: textTensor(joined, dims) };
  },
});
