// Vector-Jacobian products against closed forms: softmax, sparsemax, entmax; and what the entmax coupling leaves out.

import { describe, expect, it } from 'vitest';
import { sharmix, sharmixVjp, type SharmixOptions } from '../../../ops/sharmix/math/index.ts';
import { distance } from '../../property/math-rows.ts';

const z = [0.9, -0.3, 0.4, 0.1, -1.4];
const cotangent = [0.3, -1.1, 0.7, 2, -0.4];

/** `s y - s <s, y>/sum s` with s = p^(2-q) on the support: the Jacobian of q-entmax. */
const entmaxJacobian = (p: Float64Array, q: number, y: readonly number[]): number[] => {
  const s = [...p].map((value) => (value > 0 ? value ** (2 - q) : 0));
  const total = s.reduce((a, b) => a + b);
  const mean = s.reduce((sum, value, i) => sum + value * y[i]!, 0) / total;
  return s.map((value, i) => value * (y[i]! - mean));
};

describe('dz', () => {
  it.each([1, 1.2, 1.5, 1.9, 2, 3])('at r = q = %d is the Jacobian of entmax', (q) => {
    for (const temperature of [0.5, 1, 3]) {
      const options = { q, temperature };
      const { dz } = sharmixVjp(z, cotangent, options);
      const expected = entmaxJacobian(sharmix(z, options), q, cotangent);
      expect(
        distance(
          dz,
          expected.map((value) => value / temperature),
        ),
      ).toBeLessThan(1e-14);
    }
  });

  const regions: readonly SharmixOptions[] = [
    { q: 1, r: 1 },
    { q: 1, r: 3 },
    { q: 1.5, r: 3 },
    { q: 1.8, r: 1.6 },
    { q: 1.8, r: 1.1 },
    { q: 2, r: 4 },
  ];

  it.each(regions)('sums to 0 and is 0 outside the support at %o', (options) => {
    const { dz } = sharmixVjp(z, cotangent, options);
    expect(Math.abs(dz.reduce((a, b) => a + b))).toBeLessThan(1e-15);
    const p = sharmix(z, options);
    expect(dz.filter((_, i) => p[i] === 0).every((value) => value === 0)).toBe(true);
  });

  it.each(regions)(
    'is symmetric as a matrix at %o: the map is the gradient of a potential',
    (options) => {
      const columns = z.map(
        (_, j) =>
          sharmixVjp(
            z,
            z.map((__, i) => (i === j ? 1 : 0)),
            options,
          ).dz,
      );
      for (const [i, column] of columns.entries()) {
        expect(
          distance(
            column,
            columns.map((other) => other[i]!),
          ),
        ).toBeLessThan(1e-15);
      }
    },
  );

  it('does not see a constant added to the cotangent', () => {
    const options = { q: 1.5, r: 2 };
    const shifted = sharmixVjp(
      z,
      cotangent.map((value) => value + 8),
      options,
    );
    const { dz, dq, dr } = sharmixVjp(z, cotangent, options);
    expect(distance(shifted.dz, dz)).toBeLessThan(1e-14);
    expect(Math.abs(shifted.dq - dq)).toBeLessThan(1e-14);
    expect(Math.abs(shifted.dr - dr)).toBeLessThan(1e-14);
  });

  it('is linear in the cotangent', () => {
    const options = { q: 1.5, r: 2 };
    const once = sharmixVjp(z, cotangent, options);
    const twice = sharmixVjp(
      z,
      cotangent.map((value) => 2 * value),
      options,
    );
    expect(twice.dz).toEqual(once.dz.map((value) => 2 * value));
    expect([twice.dq, twice.dr]).toEqual([2 * once.dq, 2 * once.dr]);
  });
});

describe('coupling entmax', () => {
  const settings = { q: 1.5, r: 1.2, coupling: 'entmax' } as const;

  it('has dz and dq of q-entmax and no gradient by r', () => {
    const { dz, dq, dr } = sharmixVjp(z, cotangent, settings);
    const entmax = sharmixVjp(z, cotangent, { q: 1.5 });
    expect(dz).toEqual(entmax.dz);
    expect([dq, dr]).toEqual([entmax.dq + entmax.dr, 0]);
  });

  it('has the dq of finite differences', () => {
    const h = 1e-5;
    const value = (q: number): number =>
      sharmix(z, { ...settings, q }).reduce((sum, p, i) => sum + p * cotangent[i]!, 0);
    const difference = (value(1.5 + h) - value(1.5 - h)) / (2 * h);
    expect(Math.abs(difference)).toBeGreaterThan(1e-3);
    expect(sharmixVjp(z, cotangent, settings).dq).toBeCloseTo(difference, 8);
  });
});
