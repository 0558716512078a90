// Vector-Jacobian product of all rows: float32 in and out, float64 inside, no Jacobian.

import { ShapeError, type Rows } from '../../../src/schema/index.ts';
import { addCentred, renyiByQOf, type CentredSums } from '../math/entropy.ts';
import { logQuotient2 } from '../math/quotients.ts';
import { polish } from './polish.ts';
import { problemOf, type Problem, type RowOptions } from './problem.ts';
import { createRow, logCount, readRow } from './row.ts';
import { createSums, evaluate, negativeLog } from './sums.ts';
import { weigh } from './weights.ts';

/** Gradients of a scalar through the rows. */
export interface RowGradients {
  /** By the logits, in their layout; a row sums to 0. */
  readonly dz: Float32Array;
  /** By q at fixed r, summed over the rows. Where r follows q, the total derivative is `dq + dr`. */
  readonly dq: number;
  /** By r at fixed q, summed over the rows. */
  readonly dr: number;
}

const where = 'vjpRows';
const row = createRow();
const sums = createSums();
const centred: CentredSums = { q: NaN, p: NaN };

/** A class tells T well where its e is far from 0 and 1: at least this e (1 - e). */
const telling = 1e-4;

/** ln T of a read row out of its probabilities, to float32's precision: from p/p_max = e = (1 - s d/T)^(1/s) of the class that
 * tells it best; where none does, all w are about 0 on the support and T = E^(1-r). */
const startOf = (
  problem: Problem,
  logits: Float32Array,
  probabilities: Float32Array,
  start: number,
  n: number,
  stride: number,
): number => {
  const { s, r, inverseS, temperature } = problem;
  const total = 1 / probabilities[start + row.argmax * stride]!;
  let most = telling;
  let share = NaN;
  let gap = NaN;
  for (let i = 0, at = start; i < n; i++, at += stride) {
    const e = probabilities[at]! * total;
    const tells = e * (1 - e);
    if (!(tells > most)) continue;
    most = tells;
    share = e;
    gap = (row.max - logits[at]!) / temperature;
  }
  if (!(gap > 0)) return (1 - r) * Math.log(total);
  const logShare = Math.log(share);
  return Math.log(gap / (s === 0 ? -logShare : -Math.expm1(s * logShare) * inverseS));
};

/** The root of G that the probabilities are of; leaves the sums there. */
const solveNear = (problem: Problem, start: number): number => {
  const { q, r, s } = problem;
  const logClasses = logCount(row.others + 1);
  const low = (r >= q ? 1 - r : -s) * logClasses;
  const high = r >= q ? 0 : (q - r) * logClasses;
  const near = Math.min(Math.max(start, low), high);
  // A start that is no number (foreign probabilities) would never leave the search.
  const x = polish(sums, problem, row, low, high, near === near ? near : high);
  evaluate(sums, problem, row, x);
  return x;
};

/** Gradients of L through the rows' probabilities, given dL/dp.
 *
 * @param logits - As in {@link forwardRows}.
 * @param probabilities - What {@link forwardRows} gave for them: they tell which maximiser, so that nothing is searched again.
 * @param cotangent - dL/dp; entries outside the support are not read.
 * @param options - As in {@link forwardRows}. Under coupling `entmax` dz and dq are those of q-entmax and dr = 0.
 * @returns dz, dq, dr; NaN where a row has no solution. At a kink the result is one-sided.
 * @throws {RangeError} q, r or the temperature is out of range. {ShapeError} Arrays of different lengths. */
export const vjpRows = (
  logits: Float32Array,
  probabilities: Float32Array,
  cotangent: Float32Array,
  rows: Rows,
  options: RowOptions,
): RowGradients => {
  const problem = problemOf(options, where);
  if (probabilities.length !== logits.length || cotangent.length !== logits.length) {
    throw new ShapeError({
      where,
      what: 'probabilities and cotangent',
      rule: `must be as long as the logits, ${logits.length}`,
      actual: `${probabilities.length} and ${cotangent.length}`,
    });
  }
  const { outer, n, inner } = rows;
  const { q, r, s, temperature } = problem;
  const dz = new Float32Array(logits.length);
  let dq = 0;
  let dr = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * n * inner + i;
      if (!readRow(row, problem, logits, start, n, inner)) {
        for (let j = 0, at = start; j < n; j++, at += inner) dz[at] = NaN;
        if (n > 0) dq = dr = NaN;
        continue;
      }
      if (row.others === 0) continue;
      const x = solveNear(problem, startOf(problem, logits, probabilities, start, n, inner));
      const scale = 1 / weigh(row, problem, logits, start, n, inner, x);
      const { weights, max, argmax } = row;
      const k = Math.exp(-x) / temperature;
      const m = sums.ew / sums.e;

      let mean = 0;
      let meanSlope = 0;
      for (let j = 0, at = start; j < n; j++, at += inner) {
        const p = weights[j]! * scale;
        if (p === 0) continue;
        const w = (max - logits[at]!) * k;
        const py = p * cotangent[at]!;
        mean += py;
        meanSlope += (py * w) / (1 - s * w);
      }
      const mu = (meanSlope - mean * sums.slope) / sums.g1;

      // p^s exp(s H) = u/(1 - s m), so h_i = p_i (m - w_i)/(1 - s m) and g_i = p_i (s + pull (m - w_i)).
      const pull = ((q - r) * q) / (1 - s * m);
      let others = 0;
      for (let j = 0, at = start; j < n; j++, at += inner) {
        const p = weights[j]! * scale;
        if (p === 0 || j === argmax) continue;
        const w = (max - logits[at]!) * k;
        const c = cotangent[at]! - mean - mu * (s + pull * (m - w));
        const gradient = (p * c * k) / (1 - s * w);
        dz[at] = gradient;
        others += gradient;
      }
      // 0 - x: no result is -0.
      dz[start + argmax * inner] = 0 - others;

      let meanLog = 0;
      for (let j = 0, at = start; j < n; j++, at += inner) {
        const p = weights[j]! * scale;
        if (p !== 0) meanLog += p * negativeLog(problem, (max - logits[at]!) * k);
      }
      centred.q = 0;
      centred.p = 0;
      let cl = 0;
      let gl = 0;
      for (let j = 0, at = start; j < n; j++, at += inner) {
        const p = weights[j]! * scale;
        if (p === 0) continue;
        const w = (max - logits[at]!) * k;
        const l = -w * w * logQuotient2(s * w);
        cl += p * (cotangent[at]! - mean) * l;
        gl += p * (s + pull * (m - w)) * l;
        addCentred(centred, s, p, meanLog - negativeLog(problem, w));
      }
      const logMean = negativeLog(problem, m);
      dq += cl - mu * (gl - logMean - (q - r) * renyiByQOf(s, centred));
      dr -= mu * (sums.logE + logMean);
    }
  }
  // q-entmax is the line r = q: its gradient by q is the total derivative along it, and the r that was given moves nothing.
  return options.coupling === 'entmax' ? { dz, dq: dq + dr, dr: 0 } : { dz, dq, dr };
};
