// Gradients of the reference against central differences of the reference, away from kinks and jumps.

import { describe, expect, it } from 'vitest';
import { sharmix, sharmixLoss, sharmixVjp } from '../../../ops/sharmix/math/index.ts';
import { gradcheckFunction } from '../../../src/testing/gradcheck.ts';

type Point = Readonly<Record<'z' | 'q' | 'r', Float64Array>>;

const rows = {
  dense: [0.31, -0.12, 0.23, 0.07],
  sparse: [0.93, -0.31, 0.45, 0.18, -1.42],
  leader: [1.12, 0.011, -0.023, 0.034, 0.042, -0.017, 0.005],
  ties: [0.4, 0.4, -0.1, -0.1],
};

const indexPairs = [
  [1.05, 1.05],
  [1.02, 1.7],
  [1.3, 1.3],
  [1.3, 3],
  [1.5, 1.5],
  [1.5, 1.45],
  [1.5, 1.75],
  [1.75, 1.3],
  [1.95, 1.95],
  [1.9, 3.5],
  [2.6, 2.2],
] as const;

const cases = Object.entries(rows).flatMap(([name, z]) =>
  indexPairs.map(([q, r]) => ({ name, q, r, z })),
);

describe.each([0.5, 1, 2.5])('at temperature %d', (temperature) => {
  const options = ({ q, r }: Point) => ({ q: q[0]!, r: r[0]!, temperature });

  it.each(cases)('sharmixVjp of a $name row at q = $q, r = $r', async ({ z, q, r }) => {
    const report = await gradcheckFunction(
      'sharmix',
      (at: Point) => sharmix(at.z, options(at)),
      (at, cotangent) => {
        const { dz, dq, dr } = sharmixVjp(at.z, cotangent, options(at));
        return { z: dz, q: [dq], r: [dr] };
      },
      { z, q: [q], r: [r] },
    );
    expect(report.checked.map(({ input }) => input)).toEqual(['z', 'q', 'r']);
  });

  it.each(cases)('sharmixLoss of a $name row at q = $q, r = $r', async ({ z, q, r }) => {
    const soft = z.map((_, i) => (i % 2 === 0 ? 1 : 0) / Math.ceil(z.length / 2));
    for (const target of [1, soft]) {
      const report = await gradcheckFunction(
        'sharmixLoss',
        (at: Point) => [sharmixLoss(at.z, target, options(at)).loss],
        (at, cotangent) => {
          const { dz, dq, dr } = sharmixLoss(at.z, target, options(at));
          const c = cotangent[0]!;
          return { z: dz.map((value) => c * value), q: [c * dq], r: [c * dr] };
        },
        { z, q: [q], r: [r] },
      );
      expect(report.skipped).toEqual([]);
    }
  });
});

describe('at the ends of the ranges of q and r', () => {
  /** Derivative from the right by a difference of order h^3. */
  const right = (f: (h: number) => number): number => {
    const h = 1e-3;
    return (-11 * f(0) + 18 * f(h) - 9 * f(2 * h) + 2 * f(3 * h)) / (6 * h);
  };
  const z = rows.dense;
  const cotangent = [1, -0.5, 0.25, 2];
  const along = (q: number, r: number): number =>
    sharmix(z, { q, r }).reduce((sum, value, i) => sum + value * cotangent[i]!, 0);

  it('dq at q = 1 is the derivative from the right', () => {
    for (const r of [1, 1.5, 3]) {
      const { dq } = sharmixVjp(z, cotangent, { q: 1, r });
      expect(Math.abs(dq - right((h) => along(1 + h, r)))).toBeLessThan(1e-8);
      const loss = sharmixLoss(z, 1, { q: 1, r });
      expect(
        Math.abs(loss.dq - right((h) => sharmixLoss(z, 1, { q: 1 + h, r }).loss)),
      ).toBeLessThan(1e-8);
    }
  });

  it('dr at r = 1 is the derivative from the right', () => {
    for (const q of [1, 1.4]) {
      const { dr } = sharmixVjp(z, cotangent, { q, r: 1 });
      expect(Math.abs(dr - right((h) => along(q, 1 + h)))).toBeLessThan(1e-8);
      const loss = sharmixLoss(z, 1, { q, r: 1 });
      expect(
        Math.abs(loss.dr - right((h) => sharmixLoss(z, 1, { q, r: 1 + h }).loss)),
      ).toBeLessThan(1e-8);
    }
  });

  it('the total derivative along r = q is dq + dr', () => {
    const { dq, dr } = sharmixVjp(z, cotangent, { q: 1.3 });
    expect(Math.abs(dq + dr - right((h) => along(1.3 + h, 1.3 + h)))).toBeLessThan(1e-8);
  });
});
