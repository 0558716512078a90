// Forward pass: probabilities of all rows, float32 in and out, float64 inside.

import type { Rows } from '../../../src/schema/index.ts';
import { fewClasses, solveFew } from './few.ts';
import { problemOf, type RowOptions } from './problem.ts';
import { createRow, readRow } from './row.ts';
import { hasClosedForm, solve } from './solve.ts';
import { createSums } from './sums.ts';
import { weigh } from './weights.ts';

const row = createRow();
const sums = createSums();

/** Probabilities of the rows of a tensor: `argmax_p <p, z>/t + H_{r,q}(p)/q`, a row at a time.
 *
 * @param logits - `outer * n * inner` values; row (o, i) is at `(o n + j) inner + i`, j = 0 .. n - 1.
 * @param out - As long as `logits`; may be the same array.
 * @returns Nothing; `out` holds the probabilities: exact zeros off the support and at -infinity, NaN throughout a row
 *   that holds NaN or +infinity or is masked throughout. Within 1e-6 of the exact map, sums within 1e-6 of 1.
 * @throws {RangeError} q, r or the temperature is out of range. */
export const forwardRows = (
  logits: Float32Array,
  out: Float32Array,
  rows: Rows,
  options: RowOptions,
): void => {
  const { outer, n, inner } = rows;
  const problem = problemOf(options, 'forwardRows');
  const isFew = n <= fewClasses && problem.isConcave && !hasClosedForm(problem);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * n * inner + i;
      const isSolvable = readRow(row, problem, logits, start, n, inner);
      let total = NaN;
      if (isSolvable) {
        if (isFew && row.others > 0) total = solveFew(problem, row, logits, start, n, inner);
        if (!(total > 0)) {
          total = weigh(row, problem, logits, start, n, inner, solve(sums, problem, row));
        }
      }
      const scale = 1 / total;
      const { weights } = row;
      for (let j = 0, at = start; j < n; j++, at += inner) out[at] = weights[j]! * scale;
    }
  }
};
