// The Fenchel-Young loss of SharMiX as a tfjs op: value and gradients of all rows in one call of the float32 kernel.

import {
  formatShape,
  rowsAlong,
  sameShape,
  ShapeError,
  type Rows,
} from '../../../src/schema/index.ts';
import { tf } from '../../../src/train/index.ts';
import { lossRows } from '../cpu/index.ts';
import type { Coupling } from '../schema.ts';

/** A forward pass of a SharMiX layer: the tensors for the tape, which tfjs may have disposed by now, and their values. */
export interface ForwardPass {
  /** Logits, q and r. */
  readonly inputs: readonly [tf.Tensor, tf.Tensor, tf.Tensor];
  readonly logits: Float32Array;
  readonly q: number;
  readonly r: number;
}

/** What stays fixed in training. */
export interface LossOptions {
  readonly axis: number;
  readonly temperature: number;
  readonly coupling: Coupling;
}

/** Copies rows that lie `inner` apart one after another. */
const gatherRows = (values: Float32Array, { outer, n, inner }: Rows): Float32Array => {
  if (inner === 1) return values;
  const rows = new Float32Array(values.length);
  for (let o = 0, to = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let j = 0; j < n; j++) rows[to++] = values[(o * n + j) * inner + i]!;
    }
  }
  return rows;
};

/** Puts rows back, each times its weight. */
const scatterRows = (
  rows: Float32Array,
  weights: ArrayLike<number>,
  { outer, n, inner }: Rows,
): Float32Array => {
  const values = new Float32Array(rows.length);
  for (let o = 0, row = 0, from = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++, row++) {
      const weight = weights[row]!;
      for (let j = 0; j < n; j++) values[(o * n + j) * inner + i] = rows[from++]! * weight;
    }
  }
  return values;
};

const weightedSum = (values: Float64Array, weights: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * weights[i]!;
  return sum;
};

/** Fenchel-Young losses of rows: shape of the logits without `axis`. Gradients flow to logits, q and r.
 * @param yTrue - Rows of distributions, shaped as the logits. No gradient flows into it.
 * @throws {ShapeError} The shapes differ. */
export const fenchelYoung = (
  pass: ForwardPass,
  yTrue: tf.Tensor,
  { axis, temperature, coupling }: LossOptions,
  where: string,
): tf.Tensor => {
  const { shape } = pass.inputs[0];
  if (!sameShape(shape, yTrue.shape)) {
    throw new ShapeError({
      where,
      what: 'targets',
      rule: `must be distributions shaped as the logits, ${formatShape(shape)}`,
      actual: formatShape(yTrue.shape),
      hint: 'tf.oneHot makes them of class numbers',
    });
  }
  const rows = rowsAlong(shape, axis, where);
  const outputShape = shape.filter((_, i) => i !== (axis < 0 ? axis + shape.length : axis));
  const targets = Float32Array.from(yTrue.dataSync());
  const { q, r } = pass;
  return tf.customGrad(() => {
    const { loss, dz, dq, dr } = lossRows(
      gatherRows(pass.logits, rows),
      gatherRows(targets, rows),
      rows.n,
      { q, r, temperature, coupling },
    );
    const gradFunc = (dy: tf.Tensor): tf.Tensor[] => {
      const weights = dy.dataSync();
      return [
        tf.tensor(scatterRows(dz, weights, rows), shape),
        tf.scalar(weightedSum(dq, weights)),
        tf.scalar(weightedSum(dr, weights)),
      ];
    };
    return { value: tf.tensor(loss, outputShape), gradFunc };
  })(...pass.inputs);
};
