// Where the search for the effective temperature starts.

import type { Problem } from './problem.ts';
import { logCount, type Row } from './row.ts';

/** c^-a by c for one exponent a: what a call's starts need, kept from call to call. */
interface CountPowers {
  exponent: number;
  readonly byCount: Float64Array;
}

const createPowers = (): CountPowers => ({
  exponent: NaN,
  byCount: new Float64Array(129).fill(NaN),
});

const boundPowers = createPowers();
const evenPowers = createPowers();

const powerOfCount = (powers: CountPowers, exponent: number, c: number): number => {
  if (c >= powers.byCount.length) return Math.exp(-exponent * Math.log(c));
  if (powers.exponent !== exponent) {
    powers.exponent = exponent;
    powers.byCount.fill(NaN);
  }
  const known = powers.byCount[c]!;
  if (known === known) return known;
  const power = Math.exp(-exponent * logCount(c));
  powers.byCount[c] = power;
  return power;
};

/** How far {@link evenTemperature} bends from its first order before it tells nothing. */
const largestBend = 0.25;

/** T of a row whose gaps vary little: `s mean + n^(1-r)/(1 + v ((r-1)(1-s)/2 + q - r))`, v = variance/n^(2-2r), is the root to
 * second order in the gaps' deviations. NaN where they vary too much. */
export const evenTemperature = (
  { q, r, s }: Problem,
  { gapSum, gapSquares, others }: Row,
): number => {
  const share = 1 / (others + 1);
  const mean = gapSum * share;
  const uniform = powerOfCount(evenPowers, r - 1, others + 1);
  const variance = (gapSquares * share - mean * mean) / (uniform * uniform);
  const bend = variance * (0.5 * (r - 1) * (1 - s) + q - r);
  return Math.abs(bend) < largestBend ? s * mean + uniform / (1 + bend) : NaN;
};

/** Jensen: the root for r = q, and so for every larger r, is not above this. */
export const boundTemperature = ({ s }: Problem, { gapSum, others }: Row): number =>
  powerOfCount(boundPowers, s, others + 1) + (s * gapSum) / (others + 1);
