// How tensors lie in storage buffers: the element types, their sizes, and bytes to typed arrays and back.
// The layout is that of onnxruntime's own GPU buffers, so that buffers pass between the two as they are.

import {
  createData,
  DTypeError,
  sizeBytesOf,
  sizeOf,
  type DType,
  type Tensor,
} from '../../schema/index.ts';

/** Element types a storage buffer holds, the ones onnxruntime keeps on the GPU: little-endian and dense, so float16 lies
 * two, bool (0 or 1) and uint8 four to a u32 word, and int64 takes two words, the low one first. */
export const storageTypes = [
  'float32',
  'float16',
  'int32',
  'uint32',
  'int64',
  'uint8',
  'bool',
] as const satisfies readonly DType[];

/** Whether a storage buffer can hold the element type. */
export const isStorageType = (dtype: DType): boolean =>
  (storageTypes as readonly DType[]).includes(dtype);

/** @throws {DTypeError} The element type has no representation in a storage buffer. */
export const checkStorageType = (where: string, what: string, dtype: DType): void => {
  if (isStorageType(dtype)) return;
  throw new DTypeError({
    where,
    what,
    rule: `must be of a type WebGPU buffers hold (${storageTypes.join(', ')})`,
    actual: dtype,
    hint: 'run the JS kernel on it',
  });
};

/** Bytes of the elements, without padding. */
export const dataBytesOf = ({ dtype, dims }: Pick<Tensor, 'dtype' | 'dims'>): number =>
  sizeBytesOf(dtype) * sizeOf(dims);

/** Bytes a buffer of so many data bytes has: a multiple of 16, as onnxruntime's have, and never 0. */
export const paddedBytes = (bytes: number): number => Math.max(16, Math.ceil(bytes / 16) * 16);

/** A multiple of 4 bytes, as WebGPU's copies need. */
export const copyBytes = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** The bytes of a tensor, padded to whole words. No copy where they are whole words already. */
export const bytesOf = (tensor: Exclude<Tensor, { dtype: 'string' }>): Uint8Array<ArrayBuffer> => {
  const { buffer, byteOffset, byteLength } = tensor.data;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  if (buffer instanceof ArrayBuffer && byteLength % 4 === 0)
    return bytes as Uint8Array<ArrayBuffer>;
  const padded = new Uint8Array(copyBytes(byteLength));
  padded.set(bytes);
  return padded;
};

/** A tensor out of (a copy of) a buffer's bytes. */
export const tensorOf = (dtype: DType, dims: readonly number[], bytes: Uint8Array): Tensor => {
  const data = createData(dtype, sizeOf(dims));
  if (!Array.isArray(data)) {
    const target = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    target.set(bytes.subarray(0, data.byteLength));
  }
  return { dtype, dims, data } as Tensor;
};
