// SharMiX of one row: solve the scalar equation, then write the probabilities.

import { weight, type Point } from './equation.ts';
import { resolveOptions, type SharmixOptions } from './options.ts';
import { isSolvable, readRow, scaledGap, type Row } from './row.ts';
import { solve } from './solve.ts';

/** Writes p of a solved row. */
export const writeProbabilities = (row: Row, at: Point, out: Float64Array): void => {
  const k = Math.exp(-at.x);
  for (let i = 0; i < out.length; i++) {
    out[i] = weight(row.s, scaledGap(row, i, k)) / at.total;
  }
};

/** SharMiX of one row in float64: `p = argmax over the simplex of <p, z>/t + H_{r,q}(p)/q`,
 * H_{r,q} the Sharma-Mittal entropy. q = r = 1 is softmax, q = r = 2 sparsemax, r = q q-entmax.
 *
 * @param z - Logits. -inf masks a class: exactly 0, as if it were deleted.
 * @param options - `q` (1), `r` (q), `temperature` t (1), `coupling` (`exact`; `entmax`: q-entmax of z / t whatever r is).
 * @returns Probabilities, as many as logits; exact zeros outside the support. NaN throughout if z holds NaN or +inf
 *   or every class is masked. Empty for an empty row.
 * @throws {RangeError} q or r outside [1, 4], temperature not finite and > 0, unknown coupling.
 * @remarks Where r < 2 - 1/q the objective is not concave: p is its global maximiser. */
export const sharmix = (z: ArrayLike<number>, options: SharmixOptions = {}): Float64Array => {
  const row = readRow(z, resolveOptions('sharmix', options));
  const out = new Float64Array(z.length);
  if (!isSolvable(row)) return out.fill(NaN);
  writeProbabilities(row, solve(row), out);
  return out;
};
