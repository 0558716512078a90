// Compares values of onnxruntime with those of tfjs.

import type { Tolerance } from './options.ts';

/** How far two tensors are apart. */
export interface Comparison {
  /** max |actual - expected|; NaN where one alone is NaN. */
  readonly absolute: number;
  /** The element furthest outside the tolerance; undefined: none is. */
  readonly fault?: { readonly index: number; readonly actual: number; readonly expected: number };
}

/** Compares element by element: |actual - expected| <= absolute + relative |expected|. NaN equals NaN, an infinity itself. */
export const compare = (
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute = 1e-5, relative = 1e-4 }: Tolerance,
): Comparison => {
  let worst = 0;
  let excess = -Infinity;
  let fault: Comparison['fault'];
  for (let index = 0; index < expected.length; index++) {
    const a = actual[index]!;
    const b = expected[index]!;
    if (Object.is(a, b) || a === b) continue;
    const difference = Math.abs(a - b);
    worst = Math.max(worst, difference);
    // A NaN on one side is infinitely far off.
    const over = Number.isNaN(difference)
      ? Infinity
      : difference - (absolute + relative * Math.abs(b));
    if (over <= 0 || over <= excess) continue;
    excess = over;
    fault = { index, actual: a, expected: b };
  }
  return { absolute: worst, ...(fault === undefined ? {} : { fault }) };
};

/** `[2, 1]` of the flat index 7 in shape [3, 3]. */
export const positionOf = (index: number, dims: readonly number[]): string => {
  const position: number[] = [];
  let rest = index;
  for (const dim of dims.toReversed()) {
    position.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return `[${position.join(', ')}]`;
};
