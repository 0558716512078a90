// Rows of a few classes, which the kernel solves without a bracket, against the float64 reference.

import { describe, expect, it } from 'vitest';
import { forwardRows } from '../../ops/sharmix/cpu/index.ts';
import { sharmix } from '../../ops/sharmix/math/index.ts';

/** Deterministic numbers in [-1, 1], irregular in i. */
const noise = (i: number): number => Math.sin(12.9898 * i + Math.cos(78.233 * i));

const indices = [
  [1, 1.3],
  [1.001, 1.2],
  [1.05, 2],
  [1.25, 1.4],
  [1.5, 1.75],
  [1.525, 1.515],
  [1.5, 4],
  [2, 1.6],
  [2, 2.5],
] as const;

describe('forwardRows of a few classes', () => {
  it.each(indices)('is within 1e-6 of the reference, zeros included, at q = %d, r = %d', (q, r) => {
    for (const n of [2, 3, 4, 8]) {
      for (const spread of [1e-3, 0.1, 1, 3, 30]) {
        for (let seed = 0; seed < 6; seed++) {
          const z = Float32Array.from({ length: n }, (_, i) => spread * noise(seed * 31 + i));
          if (seed === 4) z[1] = -Infinity;
          if (seed === 5) z[1] = z[0]!;
          const out = new Float32Array(n);
          const options = { q, r, temperature: 1, coupling: 'exact' } as const;
          forwardRows(z, out, { outer: 1, n, inner: 1 }, options);
          const expected = sharmix(z, { q, r });
          const worst = Math.max(...out.map((p, i) => Math.abs(p - expected[i]!)));
          expect(worst).toBeLessThan(1e-6);
          const offSupport = out.filter((_, i) => expected[i] === 0);
          expect(offSupport).toEqual(new Float32Array(offSupport.length));
        }
      }
    }
  });
});
