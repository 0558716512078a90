// The root of G in a bracket: Halley's method, kept inside the bracket by bisection.

import { evaluate, type Point } from './equation.ts';
import type { Row } from './row.ts';

const epsilon = 2 ** -52;
/** Bisection alone needs about 60 to reach the last bit. */
const maxSteps = 200;

/** Finds the root of G in [low, high], where G(low) <= 0 <= G(high), from `start`; leaves the sums there in `at`. */
export const polish = (row: Row, low: number, high: number, start: number, at: Point): void => {
  // The root may be an end of the bracket, which rounding can put on the wrong side.
  const slack = 8 * epsilon * (1 + Math.max(-low, high));
  let lo = low - slack;
  let hi = high + slack;
  let x = start;
  let last = hi - lo;
  let beforeLast = last;
  for (let n = 0; n < maxSteps; n++) {
    evaluate(row, x, at);
    const { g, gSlope, gCurvature } = at;
    if (g === 0) return;
    if (g < 0) lo = x;
    else hi = x;
    const noise = epsilon * (Math.abs(x) + (row.q + row.r) * at.entropy);
    if (Math.abs(g) <= noise && gSlope > 0.5) return;
    const halley = 2 * gSlope * gSlope - g * gCurvature;
    let step = halley > 0 && gSlope > 0 ? (-2 * g * gSlope) / halley : -g / gSlope;
    if (!(x + step >= lo && x + step <= hi) || Math.abs(step) > beforeLast / 2) {
      step = lo + (hi - lo) / 2 - x;
    }
    beforeLast = last;
    last = Math.abs(step);
    const next = x + step;
    if (next === x) return;
    x = next;
    if (last <= 2 * epsilon * Math.abs(x)) break;
  }
  evaluate(row, x, at);
};
