// Tensors of onnxruntime to those kernels see, and back. Data is shared, never copied.

import { isDType, type DataOf, type DType } from '../core/dtype.ts';
import { DTypeError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { OrtModule, OrtTensor } from './ort-types.ts';

/** A tensor of onnxruntime whose data is on the CPU, as a kernel sees it. */
export const fromOrt = ({ type, dims, data }: OrtTensor, where: string): Tensor => {
  if (!isDType(type)) {
    throw new DTypeError({
      where,
      what: 'the tensor',
      rule: 'must be of a type kernels know',
      actual: type,
    });
  }
  // float16 is a Float16Array where the engine has it; kernels get the bits.
  const bits =
    type === 'float16' && ArrayBuffer.isView(data) && !(data instanceof Uint16Array)
      ? new Uint16Array(data.buffer, data.byteOffset, data.length)
      : data;
  return { dtype: type, dims, data: bits as DataOf<DType> } as Tensor;
};

/** A kernel's tensor as a tensor of the user's copy of onnxruntime. */
export const toOrt = (ort: OrtModule, { dtype, dims, data }: Tensor): OrtTensor =>
  new ort.Tensor(dtype, data, dims);
