// The float32 rows: strides, masks as deletion, scratch memory from call to call, continuity where a special form begins.

import { describe, expect, it } from 'vitest';
import { forwardRows, type RowOptions } from '../../ops/sharmix/cpu/index.ts';
import { sharmix as reference } from '../../ops/sharmix/math/index.ts';
import { randomOf } from '../../src/testing/index.ts';

const options = (q: number, r = q, rest: Partial<RowOptions> = {}): RowOptions => ({
  q,
  r,
  temperature: 1,
  coupling: 'exact',
  ...rest,
});

const forward = (
  z: ArrayLike<number>,
  o: RowOptions,
  rows = { outer: 1, n: z.length, inner: 1 },
): Float32Array => {
  const out = new Float32Array(z.length);
  forwardRows(Float32Array.from(z), out, rows, o);
  return out;
};

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
};

/** One of each form of the power and of each region. */
const problems = [
  options(1),
  options(1, 2),
  options(1.25),
  options(1.5),
  options(1.5, 1.75),
  options(1.3, 1.6),
  options(2),
  options(2, 1.5),
  options(2, 4),
  options(1.5, 1),
  options(1.3, 1),
  options(1.5, 1, { coupling: 'entmax', temperature: 0.5 }),
];

describe.each(problems)('rows at q $q, r $r, coupling $coupling', (o) => {
  const random = randomOf(5);
  const z = Array.from({ length: 60 }, () => random.normal());

  it('do not depend on their neighbours or their stride', () => {
    const inner = 4;
    const n = 5;
    const strided = forward(z, o, { outer: 3, n, inner });
    for (let row = 0; row < 12; row++) {
      const start = Math.floor(row / inner) * n * inner + (row % inner);
      const at = Array.from({ length: n }, (_, j) => start + j * inner);
      const alone = forward(
        at.map((i) => z[i]!),
        o,
      );
      expect(at.map((i) => strided[i])).toEqual([...alone]);
    }
  });

  it('may be written over the logits', () => {
    const values = Float32Array.from(z);
    const rows = { outer: 20, n: 3, inner: 1 };
    const expected = forward(z, o, rows);
    forwardRows(values, values, rows, o);
    expect(values).toEqual(expected);
  });

  it('are those without the masked classes', () => {
    const kept = z.slice(0, 20);
    const masked = kept.flatMap((value) => [-Infinity, value, -Infinity]);
    const p = forward(masked, o);
    expect([...p].filter((_, i) => i % 3 !== 1).every((value) => Object.is(value, 0))).toBe(true);
    expect(
      distance(
        [...p].filter((_, i) => i % 3 === 1),
        forward(kept, o),
      ),
    ).toBeLessThan(1e-7);
  });

  it('are NaN for a bad row only, wherever the bad value is', () => {
    for (const bad of [NaN, Infinity]) {
      for (const position of [3, 4, 5]) {
        const values = z.slice(0, 9);
        values[position] = bad;
        const p = forward(values, o, { outer: 3, n: 3, inner: 1 });
        const clean = forward(z.slice(0, 9), o, { outer: 3, n: 3, inner: 1 });
        expect([...p.subarray(3, 6)]).toEqual([NaN, NaN, NaN]);
        expect([...p.subarray(0, 3), ...p.subarray(6)]).toEqual([
          ...clean.subarray(0, 3),
          ...clean.subarray(6),
        ]);
      }
    }
  });

  it('do not remember a longer row', () => {
    const before = forward(z.slice(0, 4), o);
    forward(
      Array.from({ length: 5000 }, () => random.normal()),
      o,
    );
    expect(forward(z.slice(0, 4), o)).toEqual(before);
  });

  it('agree with the reference on rows longer than any table', () => {
    const long = Float32Array.from({ length: 3000 }, () => random.normal());
    expect(distance(forward(long, o), reference(long, o))).toBeLessThan(1e-6);
  });
});

describe('float32 rows', () => {
  it.each([1, 1.25, 1.5, 2])('are continuous in q at the special form q = %d', (q) => {
    const z = [0.7, 0.2, -0.4, -1.1];
    for (const near of [q - 2 ** -22, q + 2 ** -22].filter((value) => value >= 1 && value <= 2)) {
      expect(distance(forward(z, options(near)), forward(z, options(q)))).toBeLessThan(1e-6);
      expect(distance(forward(z, options(near, 2)), forward(z, options(q, 2)))).toBeLessThan(1e-6);
    }
  });

  it('take a q within float32 rounding of 1 as the limit', () => {
    const z = [0.7, 0.2, -30, -90];
    for (const s of [1e-16, 1e-9, 1e-8, 5e-8, 1e-7]) {
      const o = options(1 + s, 1.5);
      expect(distance(forward(z, o), reference(Float32Array.from(z), o))).toBeLessThan(1e-7);
    }
  });

  it('keep softmax probabilities down to the least float32', () => {
    const p = forward([0, -100, -103, -105], options(1));
    expect(p[1]).toBeGreaterThan(0);
    expect(p[2]).toBeGreaterThan(0);
    expect(p[3]).toBe(0);
  });

  it('take the global maximiser on either side of the jump between two maximisers', () => {
    // A leader over near-ties: the spread-out maximum gives way to the leader's as its lead grows.
    const random = randomOf(11);
    const shares: number[] = [];
    for (let trial = 0; trial < 300; trial++) {
      const q = 1.2 + 0.8 * random.uniform();
      const r = 1 + 0.3 * random.uniform() * (1 - 1 / q);
      const z = Float32Array.from({ length: 40 }, () => 1e-3 * random.normal());
      z[0] = 4 * random.uniform();
      const o = options(q, r);
      const expected = reference(z, o);
      shares.push(expected[0]!);
      expect(distance(forward(z, o), expected)).toBeLessThan(1e-6);
    }
    expect(shares.filter((share) => share > 0.9).length).toBeGreaterThan(30);
    expect(shares.filter((share) => share < 0.2).length).toBeGreaterThan(30);
  });

  it.each([
    [{ q: 0.5 }, /q must be in \[1, 2\]/],
    [{ r: 4.5 }, /r must be in \[1, 4\]/],
    [{ temperature: 0 }, /temperature must be finite and > 0, got 0/],
    [{ temperature: NaN }, /temperature must be finite and > 0, got NaN/],
    [{ temperature: Infinity }, /temperature must be finite and > 0, got Infinity/],
  ])('refuse %o', (changed, message) => {
    expect(() => forward([0, 1], options(1.5, 1.75, changed))).toThrow(RangeError);
    expect(() => forward([0, 1], options(1.5, 1.75, changed))).toThrow(message);
  });
});
