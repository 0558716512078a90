// The root of G in a bracket: Halley's method, kept inside the bracket by bisection.

import type { Problem } from './problem.ts';
import type { Row } from './row.ts';
import { evaluate, type Sums } from './sums.ts';

/** A Halley step this small, scaled by the spread of ln e, leaves an error of about its cube. */
export const smallStep = 3e-3;
/** A step of this size changes no float32 probability, whatever it crosses. */
const noStep = 1e-10;
/** Bisection alone needs about 45 for {@link noStep}. */
const maxSteps = 100;

/** The root of G in [low, high] near `start`, where G(low) <= 0 <= G(high). */
export const polish = (
  sums: Sums,
  problem: Problem,
  row: Row,
  low: number,
  high: number,
  start: number,
): number => {
  const { s } = problem;
  let lo = low;
  let hi = high;
  let x = start;
  let last = Infinity;
  let beforeLast = Infinity;
  for (let n = 0; n < maxSteps; n++) {
    evaluate(sums, problem, row, x);
    const { g, g1, g2 } = sums;
    if (g < 0) lo = x;
    else hi = x;
    const denominator = 2 * g1 * g1 - g * g2;
    let step = denominator > 0 && g1 > 0 ? (-2 * g * g1) / denominator : -g / g1;
    const next = x + step;
    if (next >= lo && next <= hi && Math.abs(step) <= 0.5 * beforeLast) {
      const size = Math.abs(step) * (1 + sums.slope);
      if (size < noStep) return next;
      const spread = Math.sqrt(sums.eaa / sums.e);
      if (size + Math.abs(step) * spread < smallStep) {
        // Classes that enter or leave the support on the way are not in the sums the step was made of.
        const reach = Math.exp(next);
        if (s * sums.inside < reach && reach < s * sums.outside) return next;
      }
    } else {
      if (hi - lo < noStep) return x;
      step = 0.5 * (lo + hi) - x;
    }
    beforeLast = last;
    last = Math.abs(step);
    x += step;
  }
  return x;
};
