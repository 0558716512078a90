// Solves a row: the bracket of the root, and which search the region of (q, r) needs.

import { createPoint, type Point } from './equation.ts';
import { globalRoot } from './global.ts';
import { polish } from './polish.ts';
import type { Row } from './row.ts';

/** Whether the objective is concave on the simplex, so that the maximiser is unique. */
export const isConcave = (q: number, r: number): boolean => r >= 2 - 1 / q;

/** Solves a row that has a solution and gives the sums there.
 *
 * Concave region: the only root of G. Elsewhere the root whose p has the largest objective. */
export const solve = (row: Row): Point => {
  const at = createPoint();
  const { q, r } = row;
  const logClasses = Math.log(row.classes);
  const low = (r >= q ? 1 - r : 1 - q) * logClasses;
  const high = r >= q ? 0 : (q - r) * logClasses;
  if (isConcave(q, r)) polish(row, low, high, 0, at);
  else globalRoot(row, low, high, at);
  return at;
};
