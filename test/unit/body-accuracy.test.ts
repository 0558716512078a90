// Errors of the function body in stock onnxruntime-node on random rows against the float64 reference at the same inputs: normal
// logits over four decades, ties, near-ties, a leader over equal classes, masks; q down to 1 + 2^-20, r up to 4.

import { describe, expect, it } from 'vitest';
import { distance, openBody, randomOf, referenceRows, rounded } from './body-support.ts';

const kinds = ['normal', 'ties', 'leader over equals', 'leader', 'masked'] as const;

const normalOf = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const rowOf = (random: () => number, n: number, kind: (typeof kinds)[number]): number[] => {
  const scale = 10 ** (4 * random() - 3);
  const row = Array.from({ length: n }, () => normalOf(random) * scale);
  switch (kind) {
    case 'normal':
      return row;
    case 'ties':
      return row.map((z) => Math.round(2 * z) / 2);
    case 'leader over equals':
      return row.map((_, i) => (i === 0 ? 3 * random() : 0));
    case 'leader':
      return row.map((z, i) => (i === 0 ? Math.max(...row) + 2.5 * random() : z));
    case 'masked':
      return row.map((z, i) => (i > 0 && random() < 0.3 ? -Infinity : z));
  }
};

const indicesOf = (random: () => number): { q: number; r: number } => {
  const some = [1, 1 + 2 ** -20, 1.01, 1.25, 1.5, 1.75, 2, 1 + random()];
  const q = some[Math.floor(8 * random())]!;
  const pick = random();
  if (pick < 0.15) return { q, r: q };
  return { q, r: 1 + (pick < 0.4 ? 1 : 3) * random() };
};

describe('function body where logits nearly tie and r < 2 - 1/q, so that the objective is flat', () => {
  it.each([
    { dtype: 'float32', n: 32, spread: 1e-5, tolerance: 1e-6 },
    { dtype: 'float32', n: 130, spread: 1e-5, tolerance: 1e-6 },
    { dtype: 'float64', n: 130, spread: 1e-9, tolerance: 1e-9 },
  ] as const)(
    'finds the maximum, $dtype, rows of $n logits about $spread apart',
    async ({ dtype, n, spread, tolerance }) => {
      const run = await openBody({ dtype });
      const random = randomOf(n);
      const faults: unknown[] = [];
      for (let i = 0; i < 100; i++) {
        const row = Array.from({ length: n }, () => spread * normalOf(random));
        const logits = rounded(dtype, row);
        const q = rounded(dtype, [1.7 + 0.3 * random()])[0]!;
        const r = rounded(dtype, [1 + 0.05 * random()])[0]!;
        const { values } = await run({ logits, dims: [n], q, r });
        const error = distance(values, referenceRows(logits, n, { q, r }));
        if (!(error < tolerance)) faults.push({ row: i, q, r, error });
      }
      expect(faults).toEqual([]);
    },
  );
});

describe.each([
  { dtype: 'float32', n: 3, count: 600, tolerance: 2e-6 },
  { dtype: 'float32', n: 10, count: 400, tolerance: 2e-6 },
  { dtype: 'float32', n: 130, count: 200, tolerance: 2e-6 },
  { dtype: 'float32', n: 1000, count: 60, tolerance: 5e-6 },
  { dtype: 'float64', n: 3, count: 300, tolerance: 1e-9 },
  { dtype: 'float64', n: 130, count: 100, tolerance: 1e-9 },
  { dtype: 'float64', n: 1000, count: 30, tolerance: 1e-9 },
] as const)('function body, $dtype, $count random rows of $n', ({ dtype, n, count, tolerance }) => {
  it(`is within ${tolerance}, sums to 1 within 2e-6, has zeros where the reference has them`, async () => {
    const run = await openBody({ dtype });
    const random = randomOf(n);
    const faults: unknown[] = [];
    for (let i = 0; i < count; i++) {
      const kind = kinds[i % kinds.length]!;
      const logits = rounded(dtype, rowOf(random, n, kind));
      const { q, r } = indicesOf(random);
      const at = { q: rounded(dtype, [q])[0]!, r: rounded(dtype, [r])[0]! };
      const { values } = await run({ logits, dims: [n], ...at });
      const expected = referenceRows(logits, n, at);
      const error = distance(values, expected);
      const excess = values.reduce((sum, p) => sum + p, 0) - 1;
      const falseZeros = values.filter((p, j) => p === 0 && expected[j]! > 1e-5).length;
      const falseNonZeros = values.filter((p, j) => p > 1e-5 && expected[j] === 0).length;
      if (error < tolerance && Math.abs(excess) < 2e-6 && falseZeros + falseNonZeros === 0)
        continue;
      faults.push({ row: i, kind, ...at, error, excess, falseZeros, falseNonZeros });
    }
    expect(faults).toEqual([]);
  });
});
