// Fenchel-Young loss of all rows with its gradients, for training: float32 in and out, float64 inside.

import { rangeError, ShapeError } from '../../../src/schema/index.ts';
import {
  addCentred,
  entropiesOf,
  potentialSlopes,
  renyiByQOf,
  sharmaMittalOf,
  type CentredSums,
} from '../math/entropy.ts';
import { problemOf, type RowOptions } from './problem.ts';
import { createRow, readRow } from './row.ts';
import { solve } from './solve.ts';
import { createSums, negativeLog } from './sums.ts';
import { weigh } from './weights.ts';

/** Losses and gradients, a row at a time. */
export interface LossRows {
  /** [rows]; +Infinity where a masked class has target mass. */
  readonly loss: Float32Array;
  /** [rows * n] */
  readonly probabilities: Float32Array;
  /** d loss_row / d logits, [rows * n] */
  readonly dz: Float32Array;
  /** d loss_row / dq at fixed r, [rows] */
  readonly dq: Float64Array;
  /** d loss_row / dr at fixed q, [rows] */
  readonly dr: Float64Array;
}

const where = 'lossRows';
const row = createRow();
const sums = createSums();
const centred: CentredSums = { q: NaN, p: NaN };
/** How far a target's sum may be from 1: float32 rows of a few thousand classes stay within. */
const sumTolerance = 1e-5;

/** Whether the target has all its mass in one class.
 * @throws {RangeError} It is no distribution. */
const isOneHot = (targets: Float32Array, start: number, n: number): boolean => {
  let sum = 0;
  let largest = 0;
  for (let at = start; at < start + n; at++) {
    const y = targets[at]!;
    if (!(y >= 0)) {
      const what = `target ${at - start} of row ${start / n}`;
      throw rangeError({ where, what, rule: 'must be >= 0', actual: String(y) });
    }
    sum += y;
    if (y > largest) largest = y;
  }
  if (!(Math.abs(sum - 1) <= sumTolerance)) {
    throw rangeError({
      where,
      what: `targets of row ${start / n}`,
      rule: `must sum to 1 within ${sumTolerance}`,
      actual: String(sum),
      hint: 'one-hot rows, or distributions',
    });
  }
  return largest === 1 && sum === 1;
};

/** Fenchel-Young loss of each row: `<p, z>/t + H_{r,q}(p)/q - <y, z>/t - H_{r,q}(y)/q`, p the row's probabilities.
 *
 * Under coupling `entmax` the value is the same expression at p = q-entmax(z/t), no Fenchel-Young loss, and the gradients
 * are a surrogate: dz = (p - y)/t, dq and dr at fixed p.
 *
 * @param logits - Rows of n values one after another. -infinity masks a class.
 * @param targets - Rows of distributions, one-hot or soft, as long as `logits`.
 * @returns Losses, probabilities and gradients; NaN throughout a row without a solution.
 * @throws {RangeError} q, r or the temperature is out of range, a target row is no distribution. {ShapeError} Lengths that do not fit. */
export const lossRows = (
  logits: Float32Array,
  targets: Float32Array,
  n: number,
  options: RowOptions,
): LossRows => {
  const problem = problemOf(options, where);
  const { q, r, temperature } = options;
  const { s } = problem;
  const count = n === 0 ? 0 : logits.length / n;
  if (targets.length !== logits.length || !Number.isInteger(count)) {
    throw new ShapeError({
      where,
      what: 'logits and targets',
      rule: `must be equally many rows of ${n}`,
      actual: `${logits.length} and ${targets.length} values`,
    });
  }
  const loss = new Float32Array(count);
  const probabilities = new Float32Array(logits.length);
  const dz = new Float32Array(logits.length);
  const dq = new Float64Array(count);
  const dr = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const start = i * n;
    const oneHot = isOneHot(targets, start, n);
    if (!readRow(row, problem, logits, start, n, 1)) {
      loss[i] = dq[i] = dr[i] = NaN;
      probabilities.fill(NaN, start, start + n);
      dz.fill(NaN, start, start + n);
      continue;
    }
    const x = solve(sums, problem, row);
    const total = weigh(row, problem, logits, start, n, 1, x);
    const { weights, max } = row;
    const k = Math.exp(-x) / temperature;
    const scale = 1 / total;
    let mean = 0;
    let meanCost = 0;
    for (let j = 0; j < n; j++) {
      const p = weights[j]! * scale;
      if (p === 0) continue;
      const w = (max - logits[start + j]!) * k;
      mean += p * w;
      meanCost += p * negativeLog(problem, w);
    }
    centred.q = 0;
    centred.p = 0;
    let value = 0;
    for (let j = 0; j < n; j++) {
      const at = start + j;
      const p = weights[j]! * scale;
      const y = targets[at]!;
      const gap = max - logits[at]!;
      if (p !== 0) addCentred(centred, s, p, meanCost - negativeLog(problem, gap * k));
      if (y !== 0) value += (y * gap) / temperature;
      probabilities[at] = p;
      dz[at] = (p - y) / temperature;
    }
    const entropy = Math.log(total) + negativeLog(problem, mean);
    value += sharmaMittalOf(entropy, r) / q - Math.exp(x) * mean;
    const slopes = potentialSlopes(entropy, renyiByQOf(s, centred), q, r);
    dq[i] = slopes.dq;
    dr[i] = slopes.dr;
    if (!oneHot) {
      const target = entropiesOf(targets.subarray(start, start + n), q);
      const targetSlopes = potentialSlopes(target.renyi, target.renyiByQ, q, r);
      value -= sharmaMittalOf(target.renyi, r) / q;
      dq[i]! -= targetSlopes.dq;
      dr[i]! -= targetSlopes.dr;
    }
    loss[i] = value;
  }
  return { loss, probabilities, dz, dq, dr };
};
