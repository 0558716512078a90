// One row as the solver sees it: the gaps to its largest logit, without classes too far away to matter.

import type { Problem } from './problem.ts';

/** Scratch for one row; grows, never shrinks. */
export interface Row {
  /** The first `others` entries: gaps d = (max - z)/t of the classes within reach, the largest logit's left out. */
  gaps: Float64Array;
  others: number;
  /** Sum of the gaps. */
  gapSum: number;
  /** Sum of the gaps' squares. */
  gapSquares: number;
  /** Largest logit. */
  max: number;
  /** Its first position in the row. */
  argmax: number;
  /** Weights of the whole row. */
  weights: Float64Array;
}

// Number fields start as non-integers, so that the engine keeps them as doubles in place.
/** A row to be filled by {@link readRow}. */
export const createRow = (): Row => ({
  gaps: new Float64Array(64),
  others: 0,
  gapSum: NaN,
  gapSquares: NaN,
  max: NaN,
  argmax: 0,
  weights: new Float64Array(64),
});

/** ln c by c, for the small c of most calls. */
const logs = Float64Array.from({ length: 129 }, (_, c) => Math.log(c));

/** ln c of a count. */
export const logCount = (c: number): number => (c < logs.length ? logs[c]! : Math.log(c));

/** Upper bound of the effective temperature of a row of n classes: 1 where r >= q, else n^(q-r). */
const largestTemperature = ({ q, r }: Problem, n: number): number =>
  r >= q ? 1 : Math.exp((q - r) * logCount(n));

/** Reads the row of n logits that lie `stride` apart from `start`.
 * @returns Whether it has a solution: no NaN, no +infinity, not all masked. */
export const readRow = (
  row: Row,
  problem: Problem,
  z: Float32Array,
  start: number,
  n: number,
  stride: number,
): boolean => {
  let max = -Infinity;
  let argmax = 0;
  for (let i = 0, at = start; i < n; i++, at += stride) {
    const value = z[at]!;
    if (value > max) {
      max = value;
      argmax = i;
    } else if (value !== value) return false;
  }
  if (max === Infinity || max === -Infinity) return false;
  if (row.gaps.length < n) {
    row.gaps = new Float64Array(2 * n);
    row.weights = new Float64Array(2 * n);
  }
  const { gaps } = row;
  const { temperature } = problem;
  const reach = problem.reach * largestTemperature(problem, n);
  let others = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0, at = start; i < n; i++, at += stride) {
    const gap = (max - z[at]!) / temperature;
    if (gap >= reach || i === argmax) continue;
    gaps[others++] = gap;
    sum += gap;
    squares += gap * gap;
  }
  row.others = others;
  row.gapSum = sum;
  row.gapSquares = squares;
  row.max = max;
  row.argmax = argmax;
  return true;
};
