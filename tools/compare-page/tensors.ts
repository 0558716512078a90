// Tensors as plain JSON, for the way into a page and back: numbers as base64 of their bytes.

import { createData, type DType, type Tensor } from '../../src/schema/index.ts';

/** A tensor in JSON. */
export interface EncodedTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  /** Base64 of the bytes, or the strings. */
  readonly data: string | readonly string[];
}

/** Tensors by name. */
export type EncodedTensors = Readonly<Record<string, EncodedTensor>>;

/** Letters that are made of bytes at once. */
const chunk = 32_768;

const toBase64 = (bytes: Uint8Array): string => {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + chunk)));
  }
  return btoa(parts.join(''));
};

const encode = ({ dtype, dims, data }: Tensor): EncodedTensor => ({
  dtype,
  dims: [...dims],
  data: Array.isArray(data)
    ? data
    : toBase64(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
});

const decode = ({ dtype, dims, data }: EncodedTensor): Tensor => {
  if (typeof data !== 'string') return { dtype, dims, data: [...data] } as Tensor;
  const bytes = Uint8Array.from(atob(data), (letter) => letter.codePointAt(0)!);
  const length = dims.reduce((product, dim) => product * dim, 1);
  const values = createData(dtype, length);
  if (!Array.isArray(values)) new Uint8Array(values.buffer).set(bytes);
  return { dtype, dims, data: values } as Tensor;
};

/** Tensors to JSON. */
export const encodeTensors = (tensors: Readonly<Record<string, Tensor>>): EncodedTensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, encode(value)]));

/** Tensors from JSON. */
export const decodeTensors = (tensors: EncodedTensors): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, decode(value)]));
