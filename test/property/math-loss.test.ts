// Properties of the Fenchel-Young loss.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharmix, sharmixLoss } from '../../ops/sharmix/math/index.ts';
import { concave, distance, indices, rows, simplexPoint } from './math-rows.ts';

/** A row with a class of it and a distribution over it. */
const targeted = rows.chain((z) =>
  fc.record({ z: fc.constant(z), label: fc.nat(z.length - 1), soft: simplexPoint(z.length) }),
);

/** Two rows of one length with a target. */
const pairs = targeted.chain(({ z, label, soft }) =>
  fc.record({
    a: fc.constant(z),
    b: fc.array(fc.double({ min: -5, max: 5, noNaN: true }), {
      minLength: z.length,
      maxLength: z.length,
    }),
    target: fc.constantFrom<number | number[]>(label, soft),
  }),
);

const temperatures = fc.constantFrom(0.5, 1, 3);

describe('loss', () => {
  it('is >= 0 for every target, also where there are several maxima', () => {
    fc.assert(
      fc.property(targeted, indices, temperatures, ({ z, label, soft }, qr, temperature) => {
        const options = { ...qr, temperature };
        const scale = 1 + (Math.max(...z) - Math.min(...z)) / temperature;
        for (const target of [label, soft]) {
          expect(sharmixLoss(z, target, options).loss).toBeGreaterThan(-1e-13 * scale);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is 0 with gradient 0 where the target is the prediction', () => {
    fc.assert(
      fc.property(rows, indices, temperatures, (z, qr, temperature) => {
        const options = { ...qr, temperature };
        const { loss, dz } = sharmixLoss(z, sharmix(z, options), options);
        const scale = 1 + (Math.max(...z) - Math.min(...z)) / temperature;
        expect(Math.abs(loss)).toBeLessThan(1e-13 * scale);
        expect(Math.max(...dz.map(Math.abs))).toBe(0);
      }),
    );
  });

  it('has dz = (p - y)/t, which sums to 0', () => {
    fc.assert(
      fc.property(targeted, indices, temperatures, ({ z, soft }, qr, temperature) => {
        const options = { ...qr, temperature };
        const { dz } = sharmixLoss(z, soft, options);
        const p = sharmix(z, options);
        expect(
          distance(
            dz,
            p.map((value, i) => (value - soft[i]!) / temperature),
          ),
        ).toBe(0);
        expect(Math.abs(dz.reduce((a, b) => a + b))).toBeLessThan(1e-14 / temperature);
      }),
    );
  });

  it('of a class is the loss of its one-hot distribution', () => {
    fc.assert(
      fc.property(targeted, indices, ({ z, label }, qr) => {
        const oneHot = z.map((_, i) => (i === label ? 1 : 0));
        expect(sharmixLoss(z, oneHot, qr)).toEqual(sharmixLoss(z, label, qr));
      }),
    );
  });

  it('lies above its tangent plane in the concave region: it is convex in z', () => {
    fc.assert(
      fc.property(pairs, concave, ({ a, b, target }, qr) => {
        const at = sharmixLoss(a, target, qr);
        const tangent = b.reduce((sum, value, i) => sum + at.dz[i]! * (value - a[i]!), at.loss);
        const { loss } = sharmixLoss(b, target, qr);
        expect(loss).toBeGreaterThan(tangent - 1e-12 * (1 + Math.abs(tangent) + Math.abs(at.loss)));
      }),
      { numRuns: 500 },
    );
  });

  it('at the middle of two rows is no larger than their mean in the concave region', () => {
    fc.assert(
      fc.property(pairs, concave, ({ a, b, target }, qr) => {
        const middle = a.map((value, i) => (value + b[i]!) / 2);
        const [left, centre, right] = [a, middle, b].map((z) => sharmixLoss(z, target, qr).loss);
        const mean = (left! + right!) / 2;
        expect(centre).toBeLessThan(mean + 1e-12 * (1 + mean));
      }),
      { numRuns: 500 },
    );
  });

  it('is that of the row with masked classes deleted', () => {
    const masked = fc.array(fc.tuple(fc.double({ min: -4, max: 4, noNaN: true }), fc.boolean()), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(masked, indices, (entries, qr) => {
        const kept = entries.filter(([, keep]) => keep).map(([value]) => value);
        fc.pre(kept.length > 0);
        const label = entries.findIndex(([, keep]) => keep);
        const { dz, ...rest } = sharmixLoss(
          entries.map(([value, keep]) => (keep ? value : -Infinity)),
          label,
          qr,
        );
        const { dz: expected, ...others } = sharmixLoss(kept, 0, qr);
        expect(rest).toEqual(others);
        expect(dz.filter((_, i) => entries[i]![1])).toEqual(expected);
        expect(dz.every((value, i) => entries[i]![1] || value === 0)).toBe(true);
      }),
    );
  });
});
