// The non-concave region r < 2 - 1/q: every root of G that may be a maximum is isolated, the largest objective wins.

import { sharmaMittalOf } from './entropy.ts';
import { evaluate, type Point } from './equation.ts';
import { polish } from './polish.ts';
import type { Row } from './row.ts';

/** Width of the intervals a root is polished in. Along the path the objective has slope
 * `-T Cov(a, w) (1 - exp(-G))`: two roots that share an interval differ in it by the order of resolution^2. */
const resolution = 5e-5;
/** Far above the rounding of G, far below the width of the last interval. */
const margin = 1e-12;

interface Search {
  readonly row: Row;
  readonly at: Point;
  /** Root of the best objective so far. */
  x: number;
  objective: number;
}

/** One end of an interval: G = rising - falling, both increasing in x. */
interface End {
  readonly x: number;
  /** x + s ln E */
  readonly rising: number;
  /** (q - r) H */
  readonly falling: number;
}

/** `<p, z>/t + H_{r,q}(p)/q - max(z)/t` at a point of the path p(T). */
const objectiveAt = (row: Row, at: Point): number =>
  sharmaMittalOf(at.entropy, row.r) / row.q - Math.exp(at.x) * at.meanGap;

const endAt = ({ row, at }: Search, x: number): End => {
  evaluate(row, x, at);
  const falling = (row.q - row.r) * at.entropy;
  return { x, rising: at.g + falling, falling };
};

/** Halves [low, high] wherever it may hold a root.
 *
 * Both parts of G increase in x, so on the interval G lies in
 * [rising(low) - falling(high), rising(high) - falling(low)]: an interval without 0 in that range holds no root. */
const descend = (search: Search, low: End, high: End): void => {
  if (low.rising - high.falling > margin || high.rising - low.falling < -margin) return;
  const middle = low.x + (high.x - low.x) / 2;
  if (high.x - low.x > resolution) {
    const end = endAt(search, middle);
    descend(search, low, end);
    descend(search, end, high);
    return;
  }
  // The objective rises where G < 0 and falls where G > 0: its maxima are the roots where G turns from - to +.
  if (low.rising > low.falling || high.rising < high.falling) return;
  const { row, at } = search;
  polish(row, low.x, high.x, middle, at);
  const objective = objectiveAt(row, at);
  if (objective <= search.objective) return;
  search.objective = objective;
  search.x = at.x;
};

/** Finds the root of G in [low, high] whose p has the largest objective; leaves the sums there in `at`. */
export const globalRoot = (row: Row, low: number, high: number, at: Point): void => {
  const slack = 1e-9 * (1 + high - low);
  const search: Search = { row, at, x: NaN, objective: -Infinity };
  descend(search, endAt(search, low - slack), endAt(search, high + slack));
  evaluate(row, search.x, at);
};
