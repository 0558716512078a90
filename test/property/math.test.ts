// Properties of the reference that hold for every row and every pair of indices.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entmax, sharmix, softmax, sparsemax } from '../../ops/sharmix/math/index.ts';
import {
  beyond,
  concave,
  distance,
  indices,
  naiveObjective,
  plain,
  qs,
  rows,
  simplexPoint,
  type Indices,
} from './math-rows.ts';

const sum = (p: Float64Array): number => p.reduce((total, value) => total + value, 0);

describe('probabilities', () => {
  it('are >= 0 and sum to 1', () => {
    fc.assert(
      fc.property(rows, indices, (z, options) => {
        const p = sharmix(z, options);
        expect(p.every((value) => value >= 0 && value <= 1)).toBe(true);
        expect(Math.abs(sum(p) - 1)).toBeLessThan(1e-14);
      }),
      { numRuns: 1000 },
    );
  });

  it('follow the order of the logits, ties equal', () => {
    fc.assert(
      fc.property(rows, indices, (z, options) => {
        const p = sharmix(z, options);
        const order = z.map((_, i) => i).toSorted((a, b) => z[a]! - z[b]!);
        const wrong = order.slice(1).filter((high, k) => {
          const low = order[k]!;
          return z[low] === z[high] ? p[low] !== p[high] : p[low]! > p[high]!;
        });
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('do not depend on a shift of the logits that is exact', () => {
    const quarters = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        quarters,
        fc.integer({ min: -1e6, max: 1e6 }),
        indices,
        (units, shift, options) => {
          const z = units.map((unit) => unit / 4);
          const shifted = z.map((value) => value + shift / 4);
          expect(sharmix(shifted, options)).toEqual(sharmix(z, options));
        },
      ),
    );
  });

  it('of logits times t at temperature t are those of the logits, for t a power of two', () => {
    fc.assert(
      fc.property(rows, indices, fc.integer({ min: -20, max: 20 }), (z, options, exponent) => {
        const temperature = 2 ** exponent;
        const scaled = sharmix(
          z.map((value) => value * temperature),
          { ...options, temperature },
        );
        // Subnormal logits lose bits when scaled down.
        expect(distance(scaled, sharmix(z, options))).toBeLessThan(1e-15);
      }),
    );
  });

  it('move with the classes when these are permuted', () => {
    const shuffled = rows.chain((z) =>
      fc.tuple(
        fc.constant(z),
        fc.shuffledSubarray([...z.keys()], { minLength: z.length, maxLength: z.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, concave, ([z, order], options) => {
        const p = sharmix(z, options);
        const permuted = sharmix(
          order.map((i) => z[i]!),
          options,
        );
        expect(
          distance(
            permuted,
            order.map((i) => p[i]!),
          ),
        ).toBeLessThan(1e-12);
      }),
    );
  });

  it('of a masked row are those of the row with the masked classes deleted, bit for bit', () => {
    const masked = fc.array(fc.tuple(fc.double({ min: -4, max: 4, noNaN: true }), fc.boolean()), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(masked, indices, (entries, options) => {
        const kept = entries.filter(([, keep]) => keep).map(([value]) => value);
        fc.pre(kept.length > 0);
        const p = sharmix(
          entries.map(([value, keep]) => (keep ? value : -Infinity)),
          options,
        );
        const rest = [...sharmix(kept, options)];
        expect([...p]).toEqual(entries.map(([, keep]) => (keep ? rest.shift() : 0)));
      }),
    );
  });

  it('of coupling entmax are q-entmax whatever r is', () => {
    fc.assert(
      fc.property(rows, indices, (z, { q, r }) => {
        expect(sharmix(z, { q, r, coupling: 'entmax' })).toEqual(sharmix(z, { q }));
      }),
    );
  });
});

/** Root of the effective-temperature equation by 200 bisections, with the textbook formulas. */
const byBisection = (z: readonly number[], { q, r }: Indices): number[] => {
  const max = Math.max(...z);
  const logN = Math.log(z.length);
  let low = Math.min((1 - r) * logN, -(q - 1) * logN) - 1e-9;
  let high = Math.max(0, (q - r) * logN) + 1e-9;
  const weightsAt = (x: number): number[] =>
    z.map((value) => {
      const w = (max - value) / Math.exp(x);
      return q === 1 ? Math.exp(-w) : Math.max(0, 1 - (q - 1) * w) ** (1 / (q - 1));
    });
  const probabilitiesAt = (x: number): number[] => {
    const weights = weightsAt(x);
    const total = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / total);
  };
  for (let k = 0; k < 200; k++) {
    const x = (low + high) / 2;
    const total = weightsAt(x).reduce((a, b) => a + b);
    const p = probabilitiesAt(x).filter((value) => value > 0);
    const renyi =
      q === 1
        ? -p.reduce((a, value) => a + value * Math.log(value), 0)
        : Math.log(p.reduce((a, value) => a + value ** q, 0)) / (1 - q);
    if (x + (q - 1) * Math.log(total) - (q - r) * renyi < 0) low = x;
    else high = x;
  }
  return probabilitiesAt((low + high) / 2);
};

describe('two algorithms agree', () => {
  it('softmax, sparsemax and 1.5-entmax in closed form or by sorting, and the root of G', () => {
    fc.assert(
      fc.property(rows, (z) => {
        expect(distance(sharmix(z, { q: 1 }), softmax(z))).toBeLessThan(1e-14);
        expect(distance(sharmix(z, { q: 2 }), sparsemax(z))).toBeLessThan(1e-13);
        expect(distance(sharmix(z, { q: 1.5 }), entmax(z, 1.5))).toBeLessThan(1e-13);
      }),
      { numRuns: 1000 },
    );
  });

  it('Halley steps and plain bisection with the textbook formulas', () => {
    fc.assert(
      fc.property(rows, concave.filter(plain), (z, options) => {
        expect(distance(sharmix(z, options), byBisection(z, options))).toBeLessThan(1e-11);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the maximiser in the concave region', () => {
  /** Derivative of `<p, z> + H_{r,q}(p)/q` by p_i, up to a constant: equal on the support, no larger outside it. */
  const slopes = (z: readonly number[], p: Float64Array, { q, r }: Indices): number[] => {
    const powers = p.reduce((total, value) => total + (value > 0 ? value ** q : 0), 0);
    const shannon = -p.reduce(
      (total, value) => total + (value > 0 ? value * Math.log(value) : 0),
      0,
    );
    const renyi = q === 1 ? shannon : Math.log(powers) / (1 - q);
    const factor = Math.exp((1 - r) * renyi);
    return z.map((value, i) =>
      q === 1
        ? value - factor * Math.log(p[i]!)
        : value - (factor * p[i]! ** (q - 1)) / ((q - 1) * powers),
    );
  };

  it('meets the optimality conditions: equal slopes on the support, smaller ones outside', () => {
    fc.assert(
      fc.property(rows, fc.oneof(concave.filter(plain), beyond), (z, options) => {
        const p = sharmix(z, options);
        const all = slopes(z, p, options);
        const level = all[z.indexOf(Math.max(...z))]!;
        const tolerance = 1e-9 * (1 + Math.abs(level));
        const wrong = all.filter((slope, i) =>
          p[i]! > 1e-8
            ? Math.abs(slope - level) > tolerance
            : p[i] === 0 && options.q > 1 && slope > level + tolerance,
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('is beaten by no point of the simplex', () => {
    const problems = rows.chain((z) => fc.tuple(fc.constant(z), simplexPoint(z.length)));
    fc.assert(
      fc.property(problems, concave.filter(plain), ([z, other], options) => {
        const best = naiveObjective(sharmix(z, options), z, options);
        expect(naiveObjective(other, z, options)).toBeLessThan(best + 1e-12 * (1 + Math.abs(best)));
      }),
      { numRuns: 500 },
    );
  });

  it('tends to the largest logit as the temperature falls, and to uniform as it rises', () => {
    const distinct = fc.uniqueArray(fc.integer({ min: -20, max: 20 }), {
      minLength: 2,
      maxLength: 12,
    });
    fc.assert(
      fc.property(distinct, qs, (z, q) => {
        const cold = sharmix(z, { q, temperature: 1e-3 });
        expect(cold[z.indexOf(Math.max(...z))]).toBe(1);
        const hot = sharmix(z, { q, temperature: 1e9 });
        expect(
          distance(
            hot,
            z.map(() => 1 / z.length),
          ),
        ).toBeLessThan(1e-6);
      }),
    );
  });
});
