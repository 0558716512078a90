// Vector-Jacobian product of SharMiX for one row, O(n) time, no Jacobian.

import { addCentred, renyiByQOf, type CentredSums } from './entropy.ts';
import { weight } from './equation.ts';
import { resolveOptions, type SharmixOptions } from './options.ts';
import { logQuotient, logQuotient2 } from './quotients.ts';
import { isSolvable, readRow, scaledGap } from './row.ts';
import { solve } from './solve.ts';

/** Gradients of a scalar through one row. */
export interface SharmixGradients {
  /** By the logits; sums to 0, 0 outside the support. */
  readonly dz: Float64Array;
  /** By q at fixed r. Where r was left out (r = q), the total derivative is `dq + dr`. */
  readonly dq: number;
  /** By r at fixed q. */
  readonly dr: number;
}

/** Gradients of L through `p = sharmix(z, options)`, given dL/dp.
 *
 * @param z - Logits, as in {@link sharmix}.
 * @param dp - Cotangent dL/dp, as long as z; entries outside the support are not read.
 * @param options - As in {@link sharmix}. Under `entmax` dz and dq are those of q-entmax and dr = 0.
 * @returns dz, dq, dr; all NaN where p is NaN. At a kink (a class entering the support) and at a switch between two
 *   maximisers p has no derivative: the result is one-sided there.
 * @throws {RangeError} As {@link sharmix}, and dp of another length than z. */
export const sharmixVjp = (
  z: ArrayLike<number>,
  dp: ArrayLike<number>,
  options: SharmixOptions = {},
): SharmixGradients => {
  const settings = resolveOptions('sharmixVjp', options);
  const n = z.length;
  if (dp.length !== n) {
    throw new RangeError(`sharmixVjp: dp must be as long as z, ${n}, got ${dp.length}.`);
  }
  const dz = new Float64Array(n);
  const row = readRow(z, settings);
  if (n === 0) return { dz, dq: 0, dr: 0 };
  if (!isSolvable(row)) return { dz: dz.fill(NaN), dq: NaN, dr: NaN };
  const { q, r, s, argmax, temperature } = row;
  const at = solve(row);
  const k = Math.exp(-at.x);
  const m = at.meanGap;

  // First pass: p, kept in dz; the mean of the cotangent; the mean of -ln e.
  let meanCotangent = 0;
  let meanLog = 0;
  for (let i = 0; i < n; i++) {
    const w = scaledGap(row, i, k);
    const p = weight(s, w) / at.total;
    dz[i] = p;
    if (p === 0) continue;
    meanCotangent += p * dp[i]!;
    meanLog += p * w * logQuotient(s * w);
  }

  // p^s exp(s H) = u/(1 - s m), so h_i = p_i (m - w_i)/(1 - s m) and g_i = p_i (s + pull (m - w_i)).
  const pull = ((q - r) * q) / (1 - s * m);
  const centred: CentredSums = { q: 0, p: 0 };
  let ca = 0;
  let cl = 0;
  let gl = 0;
  for (let i = 0; i < n; i++) {
    const p = dz[i]!;
    if (p === 0) continue;
    const w = scaledGap(row, i, k);
    const c = p * (dp[i]! - meanCotangent);
    const l = -w * w * logQuotient2(s * w);
    ca += (c * w) / (1 - s * w);
    cl += c * l;
    gl += p * (s + pull * (m - w)) * l;
    addCentred(centred, s, p, meanLog - w * logQuotient(s * w));
  }
  const mu = ca / at.gSlope;

  let others = 0;
  for (let i = 0; i < n; i++) {
    const p = dz[i]!;
    if (p === 0 || i === argmax) continue;
    const w = scaledGap(row, i, k);
    const c = p * (dp[i]! - meanCotangent);
    const g = p * (s + pull * (m - w));
    dz[i] = (((c - mu * g) / (1 - s * w)) * k) / temperature;
    others += dz[i]!;
  }
  // 0 - x: no result is -0.
  dz[argmax] = 0 - others;
  const gByQ = gl - m * logQuotient(s * m) - (q - r) * renyiByQOf(s, centred);
  const dq = cl - mu * gByQ;
  const dr = 0 - mu * at.entropy;
  // q-entmax is the line r = q: its gradient by q is the total derivative along it, and the r that was given moves nothing.
  return settings.coupling === 'entmax' ? { dz, dq: dq + dr, dr: 0 } : { dz, dq, dr };
};
