// A tensor on the CPU, as kernels see it: element type, shape, data in row-major order. Not onnxruntime's Tensor.

import { createData, type DataOf, type DType } from './dtype.ts';
import { ShapeError } from './errors.ts';
import { formatShape, sizeOf } from './shape.ts';

/** A dense row-major tensor on the CPU. The union over element types, so `switch (t.dtype)` narrows `t.data`. */
export type Tensor = { [D in DType]: TensorOf<D> }[DType];

/** A tensor of element type `D`. */
export interface TensorOf<D extends DType> {
  readonly dtype: D;
  readonly dims: readonly number[];
  readonly data: DataOf<D>;
}

/** A tensor over existing data (no copy).
 * @throws {ShapeError} The data's length is not the product of `dims`. */
export const tensor = <D extends DType>(
  dtype: D,
  data: DataOf<D>,
  dims: readonly number[],
): TensorOf<D> => {
  if (data.length !== sizeOf(dims)) {
    throw new ShapeError({
      where: 'tensor',
      what: `data of shape ${formatShape(dims)}`,
      rule: `must have ${sizeOf(dims)} elements`,
      actual: String(data.length),
    });
  }
  return { dtype, dims, data };
};

/** A zeroed tensor. */
export const zeros = <D extends DType>(dtype: D, dims: readonly number[]): TensorOf<D> => ({
  dtype,
  dims,
  data: createData(dtype, sizeOf(dims)),
});
