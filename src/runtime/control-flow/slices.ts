// Tensors along one axis: a slice out of one, and many stacked into one. For the scanned inputs and outputs of Loop and Scan.

import { createData } from '../../core/dtype.ts';
import { ShapeError } from '../../core/errors.ts';
import { formatShape, rowsAlong, sameShape, sizeOf } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';

type Data = Tensor['data'];

/** Copies `count` elements; both arrays are of one type. */
const copy = (from: Data, start: number, count: number, to: Data, at: number): void => {
  if (Array.isArray(from)) {
    for (let i = 0; i < count; i++) (to as string[])[at + i] = from[start + i]!;
  } else {
    (to as Float32Array).set((from as Float32Array).subarray(start, start + count), at);
  }
};

/** The slice of a tensor at an index of an axis, the axis left out. */
export const sliceAt = (tensor: Tensor, axis: number, index: number, where: string): Tensor => {
  const { dtype, dims } = tensor;
  const { outer, n, inner } = rowsAlong(dims, axis, where);
  const data = createData(dtype, outer * inner);
  for (let row = 0; row < outer; row++) {
    copy(tensor.data, (row * n + index) * inner, inner, data, row * inner);
  }
  const own = axis < 0 ? axis + dims.length : axis;
  return { dtype, dims: dims.toSpliced(own, 1), data } as Tensor;
};

/** Tensors of one shape stacked along a new axis.
 * @throws {ShapeError} Their shapes differ, or the axis is out of range. */
export const stack = (tensors: readonly Tensor[], axis: number, where: string): Tensor => {
  const [first] = tensors;
  const { dtype, dims } = first!;
  for (const one of tensors) {
    if (sameShape(one.dims, dims)) continue;
    throw new ShapeError({
      where,
      what: 'a scanned output',
      rule: `must have the shape of the first iteration, ${formatShape(dims)}`,
      actual: formatShape(one.dims),
    });
  }
  const count = tensors.length;
  const whole = dims.toSpliced(axis < 0 ? axis + dims.length + 1 : axis, 0, count);
  const { outer, inner } = rowsAlong(whole, axis, where);
  const data = createData(dtype, sizeOf(whole));
  tensors.forEach((one, at) => {
    for (let row = 0; row < outer; row++) {
      copy(one.data, row * inner, inner, data, (row * count + at) * inner);
    }
  });
  return { dtype, dims: whole, data } as Tensor;
};
