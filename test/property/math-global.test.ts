// The region r < 2 - 1/q, where the objective can have several local maxima: the result is the global one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharmaMittalEntropy, sharmix } from '../../ops/sharmix/math/index.ts';
import { naiveObjective, nonConcave, rows, simplexPoint, type Indices } from './math-rows.ts';

/** `<p, z> + H_{r,q}(p)/q`; r may be next to 1, where the textbook formula is 0/0. */
const objective = (p: ArrayLike<number>, z: readonly number[], { q, r }: Indices): number =>
  z.reduce((total, value, i) => total + p[i]! * value, 0) + sharmaMittalEntropy(p, q, r) / q;

/** p on the path of all stationary points: `(1 - (q-1) d_i/T)_+^(1/(q-1))`, normalised. */
const onPath = (z: readonly number[], q: number, temperature: number): number[] => {
  const max = Math.max(...z);
  const weights = z.map(
    (value) => Math.max(0, 1 - ((q - 1) * (max - value)) / temperature) ** (1 / (q - 1)),
  );
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
};

const tolerance = (best: number): number => 1e-12 * (1 + Math.abs(best));

describe('the global maximiser', () => {
  it('is not beaten by any of 2000 temperatures', () => {
    fc.assert(
      fc.property(rows, nonConcave, (z, indices) => {
        const { q, r } = indices;
        const best = objective(sharmix(z, indices), z, indices);
        const logN = Math.log(z.length);
        const [low, high] = [(1 - q) * logN - 0.01, (q - r) * logN + 0.01];
        let found = -Infinity;
        for (let k = 0; k <= 2000; k++) {
          const p = onPath(z, q, Math.exp(low + ((high - low) * k) / 2000));
          found = Math.max(found, objective(p, z, indices));
        }
        expect(found).toBeLessThan(best + tolerance(best));
      }),
      { numRuns: 60 },
    );
  });

  it('is not beaten by a point of the simplex, nor by a vertex, nor by the uniform point of the k largest', () => {
    const problems = rows.chain((z) => fc.tuple(fc.constant(z), simplexPoint(z.length)));
    fc.assert(
      fc.property(problems, nonConcave, ([z, other], indices) => {
        const best = objective(sharmix(z, indices), z, indices);
        const order = z.map((_, i) => i).toSorted((a, b) => z[b]! - z[a]!);
        const uniform = order.map((_, k) => {
          const p = z.map(() => 0);
          for (const i of order.slice(0, k + 1)) p[i] = 1 / (k + 1);
          return p;
        });
        const values = [other, ...uniform].map((p) => objective(p, z, indices));
        expect(Math.max(...values)).toBeLessThan(best + tolerance(best));
      }),
      { numRuns: 300 },
    );
  });

  it('is a local maximum: moving mass between two classes does not help', () => {
    const moves = rows.chain((z) =>
      fc.tuple(fc.constant(z), fc.nat(z.length - 1), fc.nat(z.length - 1)),
    );
    fc.assert(
      fc.property(
        moves,
        nonConcave,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (row, indices, share) => {
          const [z, from, to] = row;
          const p = sharmix(z, indices);
          const best = objective(p, z, indices);
          const moved = [...p];
          moved[from] = p[from]! * (1 - share * 1e-3);
          moved[to]! += p[from]! - moved[from];
          expect(objective(moved, z, indices)).toBeLessThan(best + tolerance(best));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('jumps from the spread to the leader as the leader rises, at equal objectives', () => {
    // One leader over 29 ties at q = 1.85, r = 1.09: two maxima compete.
    const indices = { q: 1.85, r: 1.09 };
    const row = (lead: number): number[] => [lead, ...new Array<number>(29).fill(0)];
    let [low, high] = [0.5, 3];
    for (let k = 0; k < 60; k++) {
      const lead = (low + high) / 2;
      if (sharmix(row(lead), indices)[0]! < 0.9) low = lead;
      else high = lead;
    }
    const below = sharmix(row(low), indices);
    const above = sharmix(row(high), indices);
    expect(below[0]).toBeLessThan(0.5);
    expect(above[0]).toBeGreaterThan(0.9);
    const gap = naiveObjective(below, row(low), indices) - naiveObjective(above, row(low), indices);
    expect(Math.abs(gap)).toBeLessThan(1e-12);
  });
});
