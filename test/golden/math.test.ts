// The float64 reference against golden vectors of 50 and 60 digits (and, for several maxima, of a float64 scan).

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  sharmaMittalEntropy,
  sharmix,
  sharmixLoss,
  sharmixVjp,
} from '../../ops/sharmix/math/index.ts';

interface GoldenCase {
  readonly z: readonly number[];
  readonly q: number;
  readonly r: number;
  readonly temperature: number;
  readonly p: readonly number[];
  readonly H?: number;
  readonly label?: number;
  readonly loss?: number;
  /** Cotangent. A gradient is null where it is a limit from one side, or was not computed. */
  readonly y?: readonly number[];
  readonly dz?: readonly number[] | null;
  readonly dq?: number | null;
  readonly dr?: number | null;
  readonly loss_dz?: readonly number[] | null;
  readonly loss_dq?: number | null;
  readonly loss_dr?: number | null;
}

type Given<T> = T | null | undefined;

/** Largest absolute difference; NaN if a length or an entry is amiss; undefined where nothing is expected. */
const distance = (
  actual: ArrayLike<number>,
  expected: Given<readonly number[]>,
): number | undefined => {
  if (expected === null || expected === undefined) return undefined;
  if (actual.length !== expected.length) return NaN;
  return expected.reduce((largest, value, i) => {
    const error = Math.abs(actual[i]! - value);
    return error <= largest ? largest : error;
  }, 0);
};

/** Difference relative to the expected value, absolute where that is below 1. */
const scaled = (actual: number, expected: Given<number>): number | undefined =>
  typeof expected === 'number'
    ? Math.abs(actual - expected) / Math.max(1, Math.abs(expected))
    : undefined;

/** Difference relative to the expected value, however small. The vectors were computed with 60 digits: a loss below
 * 1e-60 (one row: 1.7e-142) is 0 there. */
const relative = (actual: number, expected: number): number =>
  Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-60);

const wrongZeros = (p: Float64Array, expected: readonly number[]): number =>
  expected.filter((value, i) => (value === 0) !== (p[i] === 0)).length;

/** Error of each quantity in one case; undefined where the case does not hold it. */
const quantities = {
  p: { tolerance: 1e-12, error: (c) => distance(sharmix(c.z, c), c.p) },
  zeros: { tolerance: 0, error: (c) => wrongZeros(sharmix(c.z, c), c.p) },
  H: { tolerance: 1e-12, error: (c) => scaled(sharmaMittalEntropy(c.p, c.q, c.r), c.H) },
  dz: { tolerance: 1e-12, error: (c) => c.y && distance(sharmixVjp(c.z, c.y, c).dz, c.dz) },
  dq: { tolerance: 1e-10, error: (c) => c.y && scaled(sharmixVjp(c.z, c.y, c).dq, c.dq) },
  dr: { tolerance: 1e-10, error: (c) => c.y && scaled(sharmixVjp(c.z, c.y, c).dr, c.dr) },
  loss: {
    tolerance: 1e-12,
    error: (c) =>
      c.loss === undefined ? undefined : relative(sharmixLoss(c.z, c.label!, c).loss, c.loss),
  },
  loss_dz: {
    tolerance: 1e-12,
    error: (c) => distance(sharmixLoss(c.z, c.label ?? 0, c).dz, c.loss_dz),
  },
  loss_dq: {
    tolerance: 1e-10,
    error: (c) => scaled(sharmixLoss(c.z, c.label ?? 0, c).dq, c.loss_dq),
  },
  loss_dr: {
    tolerance: 1e-10,
    error: (c) => scaled(sharmixLoss(c.z, c.label ?? 0, c).dr, c.loss_dr),
  },
} satisfies Record<string, { tolerance: number; error: (c: GoldenCase) => number | undefined }>;

/** How many cases of each file hold each quantity: none may go missing. */
const counts = {
  sharmix: {
    p: 160,
    zeros: 160,
    H: 160,
    // Not computed for 36 of the longer rows.
    dz: 124,
    // q = 1 is the end of its range: two cases leave dq and dr out.
    dq: 158,
    dr: 158,
    loss: 160,
    loss_dz: 160,
    loss_dq: 158,
    loss_dr: 158,
  },
  'sharmix-hard': { p: 160, zeros: 160, H: 160, dz: 80, dq: 74, dr: 80, loss: 160 },
  'sharmix-multimodal': { p: 12, zeros: 12 },
} satisfies Record<string, Partial<Record<keyof typeof quantities, number>>>;

describe.each(Object.entries(counts))('golden vectors %s', (file, expected) => {
  const text = readFileSync(new URL(`./${file}.json`, import.meta.url), 'utf8');
  const { cases } = JSON.parse(text) as { cases: readonly GoldenCase[] };

  it.each(Object.entries(expected))('hold for %s (%i cases)', (name, count) => {
    const { tolerance, error } = quantities[name as keyof typeof quantities];
    const errors = cases.flatMap((c, index) => {
      const value = error(c);
      return value === undefined ? [] : [{ index, n: c.z.length, q: c.q, r: c.r, error: value }];
    });
    expect(errors).toHaveLength(count);
    expect(errors.filter(({ error }) => !(error <= tolerance))).toEqual([]);
  });
});
