// The effective temperature of a row: where the search starts, and closed forms where r = q is 1, 1.5 or 2.

import { globalRoot } from './global.ts';
import { polish } from './polish.ts';
import type { Problem } from './problem.ts';
import { logCount, type Row } from './row.ts';
import { boundTemperature, evenTemperature } from './start.ts';
import type { Sums } from './sums.ts';

/** q = r = 2: T = (1 + sum d)/c over the support; from above the support only shrinks (Michelot 1986). */
const solveLinear = (row: Row): number => {
  const { gaps } = row;
  let { others, gapSum } = row;
  for (;;) {
    const t = (1 + gapSum) / (others + 1);
    let kept = 0;
    gapSum = 0;
    for (let i = 0; i < others; i++) {
      const gap = gaps[i]!;
      if (gap >= t) continue;
      gaps[kept++] = gap;
      gapSum += gap;
    }
    if (kept === others) return t;
    others = kept;
  }
};

/** q = r = 1.5: the root of N(T) = 1, N^2 = T^2 + sum (T - d/2)_+^2 convex: Newton from above, then the quadratic of the support. */
const solveSquare = (row: Row): number => {
  const { gaps } = row;
  let { others } = row;
  // Jensen: never below the root.
  let t = Math.min(1, 1 / Math.sqrt(others + 1) + (0.5 * row.gapSum) / (others + 1));
  for (;;) {
    let kept = 0;
    let sum = 0;
    let squares = 0;
    let largest = 0;
    for (let i = 0; i < others; i++) {
      const gap = gaps[i]!;
      const half = 0.5 * gap;
      if (half >= t) continue;
      gaps[kept++] = gap;
      sum += half;
      squares += half * half;
      if (half > largest) largest = half;
    }
    others = kept;
    const count = kept + 1;
    const discriminant = sum * sum - count * (squares - 1);
    const exact = discriminant > 0 ? (sum + Math.sqrt(discriminant)) / count : 0;
    if (exact > largest && exact <= t + 1e-12) return exact;
    const norm = Math.sqrt(count * t * t - 2 * t * sum + squares);
    const next = t - ((norm - 1) * norm) / (count * t - sum);
    if (!(next < t)) return t;
    t = next;
  }
};

/** Whether no search is needed: q = r = 1, 1.5 or 2. */
export const hasClosedForm = ({ q, r, power }: Problem): boolean =>
  r === q && (power === 'exp' || power === 'square' || power === 'linear');

/** Solves a row: ln T. Gaps may be reordered and dropped. */
export const solve = (sums: Sums, problem: Problem, row: Row): number => {
  const { others } = row;
  if (others === 0) return 0;
  const { q, r, s, power } = problem;
  if (r === q) {
    if (power === 'exp') return 0;
    if (power === 'linear') return Math.log(solveLinear(row));
    if (power === 'square') return Math.log(solveSquare(row));
  }
  const logClasses = logCount(others + 1);
  if (r < q) {
    const low = -s * logClasses;
    const high = (q - r) * logClasses;
    if (!problem.isConcave) return globalRoot(sums, problem, row, low, high);
    const even = Math.log(evenTemperature(problem, row));
    return polish(sums, problem, row, low, high, even > low && even < high ? even : 0);
  }
  const bound = boundTemperature(problem, row);
  const high = bound < 1 ? Math.log(bound) : 0;
  const even = evenTemperature(problem, row);
  const start = even < bound && even < 1 ? Math.log(even) : high;
  return polish(sums, problem, row, (1 - r) * logClasses, high, start);
};
