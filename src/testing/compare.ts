// One output of a form against the float64 kernel's: shapes, NaN, differences, exact zeros.

import { formatShape, sameShape } from '../core/shape.ts';
import type { CaseResult, OpCases } from './cases.ts';
import { underflow } from './tolerance.ts';

const describeElement = (dims: readonly number[], index: number): string => {
  const at: number[] = [];
  let rest = index;
  for (const dim of [...dims].reverse()) {
    at.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return `[${at.join(', ')}]`;
};

/** Difference of two numbers, relative to the expected one where that is beyond 1. */
const differenceOf = (expected: number, actual: number): number => {
  if (expected === actual) return 0;
  const difference = Math.abs(expected - actual);
  return difference === Infinity ? Infinity : difference / Math.max(1, Math.abs(expected));
};

/** Compares one output; at most a few sentences, the worst first. */
export const compareOutput = (
  cases: OpCases,
  result: CaseResult,
  output: string,
  tolerance: number,
): { error: number; texts: string[] } => {
  const expected = result.expected[output]!;
  const actual = result.actual[output];
  if (actual === undefined) return { error: Infinity, texts: [`output ${output} is missing`] };
  if (!sameShape(expected.dims, actual.dims)) {
    const shapes = `${formatShape(actual.dims)}, expected ${formatShape(expected.dims)}`;
    return { error: Infinity, texts: [`output ${output} has shape ${shapes}`] };
  }
  let worst = { error: 0, index: -1 };
  let nan = -1;
  let zero = -1;
  for (let i = 0; i < expected.values.length; i++) {
    const e = expected.values[i]!;
    const a = actual.values[i]!;
    if (Number.isNaN(e) || Number.isNaN(a)) {
      if (nan < 0 && Number.isNaN(e) !== Number.isNaN(a)) nan = i;
      continue;
    }
    const error = differenceOf(e, a);
    if (error > worst.error) worst = { error, index: i };
    if (zero >= 0 || cases.isNearKink === undefined || (e === 0) === (a === 0)) continue;
    if (Math.max(Math.abs(e), Math.abs(a)) <= underflow[result.dtype]) continue;
    if (!cases.isNearKink(result, output, i)) zero = i;
  }
  const texts: string[] = [];
  const say = (index: number, what: string): void => {
    if (index < 0) return;
    const e = expected.values[index]!;
    const a = actual.values[index]!;
    texts.push(
      `${output}${describeElement(expected.dims, index)}: got ${a}, expected ${e}, difference ${Math.abs(a - e)}: ${what}`,
    );
  };
  say(nan, 'NaN in one only');
  if (worst.error > tolerance) say(worst.index, `above ${tolerance}`);
  say(zero, 'zero in one only');
  return { error: worst.error, texts };
};
