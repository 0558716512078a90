// The non-concave region r < 2 - 1/q: every root of G that may be a maximum is isolated on a grid, the best objective wins.

import { sharmaMittalOf } from '../math/entropy.ts';
import { polish } from './polish.ts';
import type { Problem } from './problem.ts';
import type { Row } from './row.ts';
import { evaluate, type Sums } from './sums.ts';

/** Intervals of the grid; a power of two. Only those near a root are looked at. */
const intervals = 1024;
/** Far above the rounding of G, far below the width of an interval. */
const margin = 1e-9;

/** G = rising - falling, both increasing in x: x + s ln E and (q - r)(ln E + L(m)). */
const rising = new Float64Array(intervals + 1);
const falling = new Float64Array(intervals + 1);

interface Search {
  readonly sums: Sums;
  readonly problem: Problem;
  readonly row: Row;
  readonly low: number;
  readonly width: number;
  /** Root of the best objective so far. */
  x: number;
  objective: number;
}

/** `<p, z>/t + H_{r,q}(p)/q - max(z)/t` at the sums' x. */
const objectiveAt = ({ logE, logMean, mean }: Sums, { q, r }: Problem, x: number): number =>
  sharmaMittalOf(logE + logMean, r) / q - Math.exp(x) * mean;

const evaluateGrid = ({ sums, problem, row, low, width }: Search, i: number): void => {
  const x = low + width * i;
  evaluate(sums, problem, row, x);
  rising[i] = x + problem.s * sums.logE;
  falling[i] = (problem.q - problem.r) * (sums.logE + sums.logMean);
};

/** Halves the grid interval [from, to] wherever it may hold a root: G lies between rising(from) - falling(to) and rising(to) - falling(from) on it. */
const descend = (search: Search, from: number, to: number): void => {
  if (rising[from]! - falling[to]! > margin || rising[to]! - falling[from]! < -margin) return;
  if (to - from > 1) {
    const middle = (from + to) >> 1;
    evaluateGrid(search, middle);
    descend(search, from, middle);
    descend(search, middle, to);
    return;
  }
  // Along the path of T the objective falls where G > 0: its maxima are the roots where G turns from - to +.
  if (rising[from]! > falling[from]! || rising[to]! < falling[to]!) return;
  const { sums, problem, row, low, width } = search;
  const left = low + width * from;
  const x = polish(sums, problem, row, left, left + width, left + width / 2);
  evaluate(sums, problem, row, x);
  const objective = objectiveAt(sums, problem, x);
  if (objective <= search.objective) return;
  search.objective = objective;
  search.x = x;
};

/** The root of G in [low, high] whose p has the largest objective. Two roots closer than the grid's interval are a dent in
 * the objective too shallow to hold its maximum. */
export const globalRoot = (
  sums: Sums,
  problem: Problem,
  row: Row,
  low: number,
  high: number,
): number => {
  const slack = 1e-6 * (1 + high - low);
  const search: Search = {
    sums,
    problem,
    row,
    low: low - slack,
    width: (high - low + 2 * slack) / intervals,
    x: NaN,
    objective: -Infinity,
  };
  evaluateGrid(search, 0);
  evaluateGrid(search, intervals);
  descend(search, 0, intervals);
  return search.x;
};
