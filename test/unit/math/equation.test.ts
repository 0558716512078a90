// The scalar equation and its solver: derivatives that the steps rely on, brackets, passes over the row.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPoint, evaluate } from '../../../ops/sharmix/math/equation.ts';
import { sharmix } from '../../../ops/sharmix/math/index.ts';
import { readRow, type Row } from '../../../ops/sharmix/math/row.ts';
import { isConcave } from '../../../ops/sharmix/math/solve.ts';
import { gradcheckFunction } from '../../../src/testing/gradcheck.ts';
import { concave, indices, nonConcave, rows, type Indices } from '../../property/math-rows.ts';

const rowOf = (z: ArrayLike<number>, { q, r }: Indices): Row =>
  readRow(z, { q, r, temperature: 1, coupling: 'exact' });

describe('G', () => {
  const z = [0.9, -0.3, 0.4, 0.1];
  const pairs = [
    [1, 1],
    [1, 2],
    [1.3, 1.3],
    [1.5, 3],
    [1.8, 1.2],
    [2, 1.7],
    [2.5, 2],
  ] as const;

  it.each(pairs)('has the derivatives that Halley steps use, at q = %d, r = %d', async (q, r) => {
    const row = rowOf(z, { q, r });
    const at = createPoint();
    const valueAndSlope = (x: number): [number, number, number] => {
      evaluate(row, x, at);
      return [at.g, at.gSlope, at.gCurvature];
    };
    // Above ln((q - 1) 1.2) every class is in the support: no kink near.
    for (const x of [0.7, 1.1, 2]) {
      await gradcheckFunction(
        'G and its slope',
        ({ x }: Record<'x', Float64Array>) => valueAndSlope(x[0]!).slice(0, 2),
        ({ x }, c) => {
          const [, slope, curvature] = valueAndSlope(x[0]!);
          return { x: [c[0]! * slope + c[1]! * curvature] };
        },
        { x: [x] },
      );
    }
  });

  it('changes sign over the bracket, for every row and every pair of indices', () => {
    fc.assert(
      fc.property(rows, indices, (z, { q, r }) => {
        const row = rowOf(z, { q, r });
        const logN = Math.log(z.length);
        const at = createPoint();
        evaluate(row, (r >= q ? 1 - r : 1 - q) * logN, at);
        expect(at.g).toBeLessThan(1e-13);
        evaluate(row, r >= q ? 0 : (q - r) * logN, at);
        expect(at.g).toBeGreaterThan(-1e-13);
      }),
    );
  });

  it('increases in the concave region', () => {
    fc.assert(
      fc.property(rows, concave, fc.double({ min: -4, max: 4, noNaN: true }), (z, qr, x) => {
        const at = createPoint();
        evaluate(rowOf(z, qr), x, at);
        expect(at.gSlope).toBeGreaterThan(-1e-12);
      }),
      { numRuns: 500 },
    );
  });

  it('is concave exactly from r = 2 - 1/q on', () => {
    expect(isConcave(2, 1.5)).toBe(true);
    expect(isConcave(2, 1.5 - 2 ** -52)).toBe(false);
    expect(isConcave(1, 1)).toBe(true);
    expect(isConcave(1.5, 1.25)).toBe(false);
  });
});

/** How many times a solution reads each logit, the mean over rows. */
const meanPasses = (options: fc.Arbitrary<Indices>, seed: number): number => {
  const samples = fc.sample(fc.tuple(rows, options), { seed, numRuns: 400 });
  let passes = 0;
  for (const [z, qr] of samples) {
    let reads = 0;
    sharmix(
      new Proxy(z, {
        get: (target, key) => {
          if (key !== 'length') reads++;
          return Reflect.get(target, key) as unknown;
        },
      }),
      qr,
    );
    passes += reads / z.length;
  }
  return passes / samples.length;
};

describe('passes over a row', () => {
  it('are few where the objective is concave: Halley steps, not bisection', () => {
    expect(meanPasses(concave, 1)).toBeLessThan(6);
  });

  it('are bounded where all maxima must be found', () => {
    expect(meanPasses(nonConcave, 2)).toBeLessThan(60);
  });
});
