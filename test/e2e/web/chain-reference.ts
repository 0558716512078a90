// What the model `chain` computes, by the float64 reference, and how far off a result may be.

import type { Tensor } from 'onnxruntime-common';
import { expect } from 'vitest';
import { sharmix as reference } from '../../../ops/sharmix/math/index.ts';

const bias = [0.5, 0, -0.5];

/** Rows of three. */
const rows = (values: ArrayLike<number>): number[][] =>
  Array.from({ length: values.length / 3 }, (_, i) => [0, 1, 2].map((j) => values[3 * i + j]!));

/** Outputs p and y of `chain`. */
export const chainReference = (x: ArrayLike<number>): { p: number[]; y: number[] } => {
  const p: number[] = [];
  const y: number[] = [];
  for (const row of rows(x)) {
    const logits = row.map((v, j) => v + bias[j]!);
    const first = [...reference(logits, { q: 1.5, r: 1.25 })];
    const scaled = first.map((v) => v * 10);
    const second = [...reference(scaled, { q: 1.5, r: 1.5 })];
    p.push(...first);
    y.push(...second.map((v, j) => v + bias[j]!));
  }
  return { p, y };
};

/** Expects a CPU tensor's values. */
export const expectClose = (
  tensor: Tensor | undefined,
  expected: readonly number[],
  tolerance: number,
): void => {
  const actual = [...(tensor!.data as Float32Array | Float64Array)];
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of actual.entries()) {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(tolerance);
  }
};
