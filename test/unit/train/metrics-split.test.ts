// Metrics against values computed by hand; properties of the split; the random generator's state.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracyOf, macroF1Of, stratifiedSplit } from '../../../src/train/index.ts';
import { MetricsCounter } from '../../../src/train/metrics.ts';
import { Random } from '../../../src/train/random.ts';

describe('metrics', () => {
  // True class in rows. F1: 2*3/(4+4) = 3/4, 2*2/(3+4) = 4/7, 2*1/(3+2) = 2/5.
  const confusion = [
    [3, 1, 0],
    [0, 2, 1],
    [1, 1, 1],
  ];

  it('have the values computed by hand', () => {
    expect(accuracyOf(confusion)).toBeCloseTo(6 / 10, 12);
    expect(macroF1Of(confusion)).toBeCloseTo((3 / 4 + 4 / 7 + 2 / 5) / 3, 12);
  });

  it('leave out of macro-F1 a class that is neither true nor predicted', () => {
    expect(
      macroF1Of([
        [1, 0, 0],
        [0, 2, 0],
        [0, 0, 0],
      ]),
    ).toBe(1);
  });

  it('give 0 to a class that is true and never predicted', () => {
    expect(
      macroF1Of([
        [2, 0],
        [1, 0],
      ]),
    ).toBeCloseTo((2 * 2) / (2 + 3) / 2, 12);
  });

  it('are counted over batches: loss, confusion, exact zeros', () => {
    const counter = new MetricsCounter(3);
    counter.add([0.5, 0.5, 0, 0, 0, 1], [0, 2], [1, 2]);
    counter.add([0.2, 0.3, 0.5], [1], [6]);
    expect(counter.metrics).toEqual({
      loss: 3,
      accuracy: 2 / 3,
      macroF1: (1 + 0 + 2 / 3) / 3,
      zeros: 3 / 9,
      confusion: [
        [1, 0, 0],
        [0, 0, 1],
        [0, 0, 1],
      ],
    });
  });
});

describe('stratifiedSplit', () => {
  const problem = fc.record({
    rows: fc.array(
      fc.record({ label: fc.integer({ min: 0, max: 3 }), key: fc.integer({ min: 0, max: 60 }) }),
      { minLength: 1, maxLength: 200 },
    ),
    fraction: fc.double({ min: 0, max: 0.5, noNaN: true }),
    seed: fc.integer({ min: 0, max: 1000 }),
  });

  it('puts every row on exactly one side and no key on both', () => {
    fc.assert(
      fc.property(problem, ({ rows, fraction, seed }) => {
        const labels = rows.map(({ label }) => label);
        const keys = rows.map(({ key }) => key);
        const { train, validation } = stratifiedSplit({ labels, keys, fraction, seed });
        expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...keys.keys()]);
        const held = new Set([...validation].map((row) => keys[row]));
        for (const row of train) expect(held.has(keys[row])).toBe(false);
      }),
    );
  });

  it('holds out the fraction of each class where there are no duplicates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 4 }),
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        fc.integer({ min: 0, max: 1000 }),
        (sizes, fraction, seed) => {
          const labels = sizes.flatMap((size, label) => new Array<number>(size).fill(label));
          const { validation } = stratifiedSplit({
            labels,
            keys: [...labels.keys()],
            fraction,
            seed,
          });
          sizes.forEach((size, label) => {
            const held = [...validation].filter((row) => labels[row] === label).length;
            expect(held).toBe(Math.min(size - 1, Math.max(1, Math.round(fraction * size))));
          });
        },
      ),
    );
  });

  it('is the same for the same seed and another for another', () => {
    const labels = Int32Array.from({ length: 100 }, (_, i) => i % 2);
    const split = (seed: number): number[] => [
      ...stratifiedSplit({ labels, keys: [...labels.keys()], fraction: 0.3, seed }).validation,
    ];
    expect(split(1)).toEqual(split(1));
    expect(split(1)).not.toEqual(split(2));
  });

  it('refuses a fraction that leaves nothing to train on', () => {
    expect(() => stratifiedSplit({ labels: [0], keys: [0], fraction: 1, seed: 0 })).toThrow(
      /fraction must be in \[0, 1\), got 1/,
    );
  });
});

describe('Random', () => {
  it('goes on from its state', () => {
    const random = new Random(42);
    random.uint32();
    const copy = new Random(random.state);
    const next = (from: Random): number[] => Array.from({ length: 20 }, () => from.below(1000));
    expect(next(copy)).toEqual(next(random));
  });

  it('is uniform below any bound, and shuffles into a permutation', () => {
    const random = new Random(1);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]! += 1;
    // Five standard deviations of a count of mean 10,000.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * 93);
    const items = Int32Array.from({ length: 50 }, (_, i) => i);
    expect(random.shuffle(items.slice()).sort()).toEqual(items);
  });
});
