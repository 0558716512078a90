// What holds of any result of SharMiX, and how near a class is to the edge of the support.

import { rowsAlong, type Rows } from '../../src/schema/index.ts';
import type { CaseResult, CaseTensor } from '../../src/testing/index.ts';

const tensorOf = (values: CaseResult['inputs'], name: string): CaseTensor | undefined => {
  const value = values[name];
  return value !== undefined && 'dims' in value ? value : undefined;
};

const rowsOf = ({ inputs, attributes }: CaseResult): Rows =>
  rowsAlong(tensorOf(inputs, 'logits')!.dims, Number(attributes['axis']), 'cases');

const scalarOf = (result: CaseResult, name: string, absent: number): number =>
  tensorOf(result.inputs, name)?.values[0] ?? absent;

/** Positions of a row's elements. */
const positions = ({ n, inner }: Rows, row: number): number[] => {
  const start = Math.floor(row / inner) * n * inner + (row % inner);
  return Array.from({ length: n }, (_, j) => start + j * inner);
};

/** How near a kink, in u = 1 - (q - 1) d/T, zero and non-zero may be confused. */
const kinkWidth = 1e-5;

/** Whether |u| of an element is below 1e-5. u follows from the reference: (p/p_max)^(q-1) on the support, and T with it. */
export const isNearKink = (result: CaseResult, output: string, index: number): boolean => {
  const q = scalarOf(result, 'q', 1);
  const r = result.attributes['coupling'] === 'entmax' ? q : scalarOf(result, 'r', q);
  const s = q - 1;
  if (s === 0) return false;
  const rows = rowsOf(result);
  const { n, inner } = rows;
  const row = Math.floor(index / (n * inner)) * inner + (index % inner);
  const at = positions(rows, row);
  const p = result.expected[output]!.values;
  const z = tensorOf(result.inputs, 'logits')!.values;
  const top = at.reduce((best, i) => (p[i]! > p[best]! ? i : best), at[0]!);
  const shareOf = (i: number): number => (p[i]! / p[top]!) ** s;
  if (p[index]! > 0) return shareOf(index) < kinkWidth;
  // T/s out of the class of the support that tells it best: the one farthest from the top.
  const support = at.filter((i) => p[i]! > 0);
  const far = support.reduce((best, i) => (z[i]! < z[best]! ? i : best), top);
  const temperature = Number(result.attributes['temperature']);
  const gap = (i: number): number => (z[top]! - z[i]!) / temperature;
  const edge = gap(far) > 0 ? gap(far) / (1 - shareOf(far)) : support.length ** (1 - r) / s;
  return Math.abs(1 - gap(index) / edge) < kinkWidth;
};

/** Sums of 1, nothing below 0, exact zeros at masks, equal probabilities for equal logits. */
export const invariants = (result: CaseResult, tolerance: number): readonly string[] => {
  const rows = rowsOf(result);
  const z = tensorOf(result.inputs, 'logits')!.values;
  const p = result.actual['probabilities']!.values;
  const broken: string[] = [];
  for (let row = 0; row < rows.outer * rows.inner; row++) {
    const at = positions(rows, row);
    if (at.length === 0 || Number.isNaN(p[at[0]!])) continue;
    const sum = at.reduce((total, i) => total + p[i]!, 0);
    if (!(Math.abs(sum - 1) <= tolerance)) {
      broken.push(`row ${row} sums to ${sum}, more than ${tolerance} from 1`);
    }
    const negative = at.find((i) => p[i]! < 0);
    if (negative !== undefined) broken.push(`row ${row}: ${p[negative]} is below 0`);
    const masked = at.find((i) => z[i] === -Infinity && p[i] !== 0);
    if (masked !== undefined) broken.push(`row ${row}: a masked class has ${p[masked]}`);
    const shares = new Map<number, number>();
    for (const i of at) {
      const share = shares.get(z[i]!) ?? p[i]!;
      shares.set(z[i]!, share);
      if (Math.abs(share - p[i]!) > tolerance) {
        broken.push(`row ${row}: equal logits have ${share} and ${p[i]}`);
        break;
      }
    }
  }
  return broken;
};
