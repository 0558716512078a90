// Feeds as they are not meant to be: missing, unknown, of another type, of another shape, with strange values.

import { createData, dtypes } from '../../src/core/dtype.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import type { Random } from '../../src/testing/index.ts';

const reshaped = (value: Tensor, random: Random): Tensor => {
  const dims = [...value.dims];
  const roll = random.uniform();
  if (roll < 0.3) dims.push(1);
  else if (roll < 0.5) dims.pop();
  else if (roll < 0.7 && dims.length > 0) dims[random.integer(dims.length)] = 0;
  else if (dims.length > 0) {
    const at = random.integer(dims.length);
    dims[at] = dims[at]! + 1;
  }
  return { ...value, dims, data: createData(value.dtype, sizeOf(dims)) } as Tensor;
};

const retyped = ({ dims }: Tensor, random: Random): Tensor => {
  const dtype = random.pick(dtypes);
  return { dtype, dims, data: createData(dtype, sizeOf(dims)) } as Tensor;
};

const odd = [NaN, Infinity, -Infinity, -0, 1e-45, 3.4e38, -1];

const strange = (value: Tensor, random: Random): Tensor => {
  const data = value.data.slice() as Tensor['data'];
  if (data.length === 0) return value;
  const at = random.integer(data.length);
  if (data instanceof Float32Array || data instanceof Float64Array) data[at] = random.pick(odd);
  else if (Array.isArray(data)) data[at] = random.pick(['', '\u{1f600}', 'x'.repeat(5000)]);
  else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    data[at] = random.pick([0n, -1n, 1n, 100n]);
    // A bool of another byte than 0 and 1 is no bool: what a kernel makes of it is undefined.
  } else data[at] = random.pick(value.dtype === 'bool' ? [0, 1] : [0, -1, 1, 100]);
  return { ...value, data } as Tensor;
};

/** Feeds of a data set, one of them changed. */
export const mutateFeeds = (
  feeds: ReadonlyMap<string, Tensor>,
  random: Random,
): ReadonlyMap<string, Tensor> => {
  const changed = new Map(feeds);
  const names = [...feeds.keys()];
  if (names.length === 0) return changed;
  const name = random.pick(names);
  const value = feeds.get(name)!;
  const roll = random.uniform();
  if (roll < 0.1) changed.delete(name);
  else if (roll < 0.2) changed.set('unknown', value);
  else if (roll < 0.4) changed.set(name, retyped(value, random));
  else if (roll < 0.7) changed.set(name, reshaped(value, random));
  else changed.set(name, strange(value, random));
  return changed;
};
