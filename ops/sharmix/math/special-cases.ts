// Special cases by algorithms of their own: softmax, sparsemax and 1.5-entmax by sorting; general entmax and normmax by SharMiX.

import { sharmix } from './forward.ts';
import { checkIndex } from './options.ts';

/** Largest value of a row; NaN where no map of this file has a value: NaN or +inf, or every class masked. */
const largest = (z: ArrayLike<number>): number => {
  let max = -Infinity;
  for (let i = 0; i < z.length; i++) {
    if (!(z[i]! < Infinity)) return NaN;
    if (z[i]! > max) max = z[i]!;
  }
  return max === -Infinity ? NaN : max;
};

/** `exp(z_i) / sum exp(z)`. Masks, NaN and empty rows as in {@link sharmix}. */
export const softmax = (z: ArrayLike<number>): Float64Array => {
  const max = largest(z);
  const p = new Float64Array(z.length);
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += p[i] = Math.exp(z[i]! - max);
  for (let i = 0; i < p.length; i++) p[i]! /= sum;
  return p;
};

/** Gaps max - z, ascending, in a new array. */
const sortedGaps = (z: ArrayLike<number>, max: number): Float64Array => {
  const gaps = new Float64Array(z.length);
  for (let i = 0; i < gaps.length; i++) gaps[i] = max - z[i]!;
  return gaps.sort();
};

/** Euclidean projection of z onto the simplex: `p_i = (z_i - tau)_+`, tau such that p sums to 1. Exact, by sorting.
 * Masks, NaN and empty rows as in {@link sharmix}.
 * @see Martins and Astudillo 2016, arXiv:1602.02068. */
export const sparsemax = (z: ArrayLike<number>): Float64Array => {
  const max = largest(z);
  const p = sortedGaps(z, max);
  // With gaps g ascending, p = (threshold - g)_+ and threshold = (1 + sum of the k smallest)/k.
  let sum = 0;
  let threshold = NaN;
  for (let k = 1; k <= p.length; k++) {
    sum += p[k - 1]!;
    const next = (1 + sum) / k;
    if (!(next > p[k - 1]!)) break;
    threshold = next;
  }
  for (let i = 0; i < p.length; i++) p[i] = Math.max(0, threshold - (max - z[i]!));
  return p;
};

/** 1.5-entmax: `p_i = (z_i/2 - tau)_+^2`, tau such that p sums to 1. Exact, by sorting.
 * @see Peters, Niculae and Martins 2019, arXiv:1905.05702. */
const entmax15 = (z: ArrayLike<number>): Float64Array => {
  const max = largest(z);
  const p = sortedGaps(z, max);
  // Half gaps g ascending: sum over k of (threshold - g)^2 = 1, threshold = mean + sqrt((1 - scatter)/k).
  let mean = 0;
  let scatter = 0;
  let threshold = NaN;
  for (let k = 1; k <= p.length; k++) {
    const gap = p[k - 1]! / 2;
    const step = gap - mean;
    mean += step / k;
    scatter += step * (gap - mean);
    const next = mean + Math.sqrt((1 - scatter) / k);
    if (!(next > gap)) break;
    threshold = next;
  }
  for (let i = 0; i < p.length; i++) {
    const root = Math.max(0, threshold - (max - z[i]!) / 2);
    p[i] = root * root;
  }
  return p;
};

/** q-entmax: the maximiser of `<p, z> + (1 - sum p^q)/(q (q - 1))`; softmax at q = 1, sparsemax at q = 2.
 * Masks, NaN and empty rows as in {@link sharmix}.
 * @param q - 1 <= q <= 4.
 * @throws {RangeError} q out of range.
 * @see Peters, Niculae and Martins 2019, arXiv:1905.05702. */
export const entmax = (z: ArrayLike<number>, q: number): Float64Array => {
  checkIndex('entmax', 'q', q);
  if (q === 1) return softmax(z);
  if (q === 1.5) return entmax15(z);
  if (q === 2) return sparsemax(z);
  return sharmix(z, { q });
};

/** q-normmax: the maximiser of `<p, z> - ||p||_q`, which is SharMiX at r = 2 - 1/q of z / (q - 1).
 * At q = 1 the norm is constant on the simplex: the largest logit has all the mass, ties share it.
 * Masks, NaN and empty rows as in {@link sharmix}.
 * @param q - 1 <= q <= 4.
 * @throws {RangeError} q out of range.
 * @see Blondel, Martins and Niculae 2020, arXiv:1901.02324. */
export const normmax = (z: ArrayLike<number>, q: number): Float64Array => {
  checkIndex('normmax', 'q', q);
  if (q > 1) return sharmix(z, { q, r: 2 - 1 / q, temperature: q - 1 });
  const max = largest(z);
  const p = new Float64Array(z.length);
  let ties = 0;
  for (let i = 0; i < p.length; i++) ties += p[i] = z[i] === max ? 1 : 0;
  // Without a largest logit there are no ties, and 0/0 is the NaN that is wanted.
  for (let i = 0; i < p.length; i++) p[i]! /= ties;
  return p;
};
