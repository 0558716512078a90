// The quotients behind the limits: value at 0, digits across the change from series to formula.

import { describe, expect, it } from 'vitest';
import {
  expQuotient,
  expQuotient2,
  expQuotientSlope,
  logQuotient,
  logQuotient2,
} from '../../../ops/sharmix/math/quotients.ts';

/** Sum of a power series with 200 terms, smallest first. */
const series = (term: (k: number) => number): number => {
  let sum = 0;
  for (let k = 200; k >= 0; k--) sum += term(k);
  return sum;
};

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

const functions: Record<
  string,
  { f: (x: number) => number; term: (x: number, k: number) => number; points: number[] }
> = {
  '-ln(1-v)/v': {
    f: logQuotient,
    term: (v, k) => v ** k / (k + 1),
    points: [0, 5e-324, 1e-300, 1e-9, 1e-3, 0.1, 0.5, 0.8],
  },
  '(e^y-1)/y': {
    f: expQuotient,
    term: (y, k) => y ** k / factorial(Math.min(k + 1, 170)),
    points: [-2, -0.3, -1e-9, 0, 5e-324, 1e-3, 0.3, 2],
  },
  '(e^y-1-y)/y^2': {
    f: expQuotient2,
    term: (y, k) => y ** k / factorial(Math.min(k + 2, 170)),
    points: [-2, -0.3001, -0.2999, -1e-9, 0, 1e-9, 0.01, 0.2999, 0.3001, 2],
  },
  '(y e^y-e^y+1)/y^2': {
    f: expQuotientSlope,
    term: (y, k) => y ** k / factorial(Math.min(k, 168)) / (k + 2),
    points: [-2, -0.3001, -0.2999, -1e-9, 0, 1e-9, 0.01, 0.2999, 0.3001, 2],
  },
  '(v/(1-v)+ln(1-v))/v^2': {
    f: logQuotient2,
    term: (v, k) => ((k + 1) / (k + 2)) * v ** k,
    points: [0, 1e-12, 0.01, 0.0999, 0.1001, 0.5, 0.8],
  },
};

describe.each(Object.entries(functions))('%s', (_, { f, term, points }) => {
  it.each(points)('is its power series at %d to 14 digits', (x) => {
    const expected = series((k) => term(x, k));
    expect(Math.abs(f(x) / expected - 1)).toBeLessThan(1e-14);
  });
});
