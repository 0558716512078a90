// The golden vectors at float32-rounded inputs, for the tests of the rows' gradients and loss.

import { maxQ } from '../../ops/sharmix/schema.ts';
import { randomOf } from '../../src/testing/index.ts';
import hard from '../golden/sharmix-hard.json' with { type: 'json' };
import multimodal from '../golden/sharmix-multimodal.json' with { type: 'json' };
import first from '../golden/sharmix.json' with { type: 'json' };

/** One golden row, every number a float32. */
export interface Vector {
  readonly name: string;
  readonly z: Float32Array;
  readonly q: number;
  readonly r: number;
  readonly temperature: number;
  readonly label: number;
  /** The golden cotangent, or a random one. */
  readonly cotangent: Float32Array;
}

interface Case {
  readonly z: readonly number[];
  readonly q: number;
  readonly r: number;
  readonly temperature: number;
  readonly label?: number;
  readonly y?: readonly number[];
}

const files: Readonly<Record<string, { readonly cases: readonly Case[] }>> = {
  first,
  hard,
  multimodal,
};

/** All vectors within the operator's range of q: 331. */
export const vectors: readonly Vector[] = Object.entries(files).flatMap(([file, { cases }]) =>
  cases
    .map(({ z, q, r, temperature, label = 0, y }, i) => {
      const random = randomOf(i);
      return {
        name: `${file} ${i}`,
        z: Float32Array.from(z),
        q: Math.fround(q),
        r: Math.fround(r),
        temperature: Math.fround(temperature),
        label,
        cotangent: Float32Array.from(y ?? z.map(() => random.normal())),
      };
    })
    .filter(({ q }) => q <= maxQ),
);

/** Difference relative to the expected value, absolute below 1; NaN pairs and equal infinities have none. */
export const scaledError = (actual: number, expected: number): number =>
  Object.is(actual, expected) || actual === expected
    ? 0
    : Math.abs(actual - expected) / Math.max(1, Math.abs(expected));

/** The largest of {@link scaledError}; NaN if one is. */
export const largestError = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  if (actual.length !== expected.length) return NaN;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = scaledError(actual[i]!, expected[i]!);
    if (!(error <= largest)) largest = error;
  }
  return largest;
};
