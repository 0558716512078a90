// Random inputs to verify an export on: the same for the same model.

import type { DType } from '../core/dtype.ts';
import { ExportError } from '../core/errors.ts';
import { tf } from '../train/index.ts';
import type { InputPort } from './build.ts';
import type { ExportOptions } from './options.ts';

/** Length taken for a dimension that the model leaves open. */
const openLength = 7;
/** Share of zero ids: padding is what layers with a mask look at. */
const paddingShare = 0.3;

/** Numbers in [0, 1), mulberry32. */
const generator = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

const valueOf = (next: () => number, dtype: DType, size: number | undefined): number => {
  if (size !== undefined) return next() < paddingShare ? 0 : Math.floor(next() * size);
  if (dtype === 'bool') return Number(next() < 0.5);
  return dtype === 'int32' ? Math.floor(next() * 10) : next() * 4 - 2;
};

const random = ({ dtype, shape, size }: InputPort, batch: number, seed: number): tf.Tensor => {
  const dims = shape.map((dim, i) => {
    if (i === 0) return batch;
    return typeof dim === 'number' ? dim : openLength;
  });
  const next = generator(seed);
  const values = Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () =>
    valueOf(next, dtype, size),
  );
  return tf.tensor(values, dims, dtype === 'float32' || dtype === 'bool' ? dtype : 'int32');
};

/** Inputs of one batch in the order of the model's, and what frees those that were made here. */
export const sampleInputs = (
  inputs: readonly InputPort[],
  batch: number,
  { samples }: ExportOptions,
): { readonly tensors: readonly tf.Tensor[]; readonly dispose: () => void } => {
  if (samples === undefined) {
    const tensors = inputs.map((input, i) => random(input, batch, 1000 * batch + i));
    return { tensors, dispose: () => tf.dispose([...tensors]) };
  }
  const given = samples(batch);
  const tensors = inputs.map(({ name }) => {
    const tensor = given[name];
    if (tensor !== undefined && tensor.shape[0] === batch) return tensor;
    throw new ExportError({
      where: 'exportModel',
      what: `samples(${batch}).${name}`,
      rule: `must be a tensor of ${batch} rows`,
      actual: tensor === undefined ? 'none' : `shape [${tensor.shape.join(', ')}]`,
    });
  });
  return { tensors, dispose: () => {} };
};
