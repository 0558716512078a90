// Continuity of the reference where its textbook formulas are 0/0: q -> 1, r -> 1, r -> q.

import { describe, expect, it } from 'vitest';
import {
  sharmaMittalEntropy,
  sharmix,
  sharmixLoss,
  sharmixVjp,
  type SharmixOptions,
} from '../../../ops/sharmix/math/index.ts';

const z = [0.9, -0.3, 0.4, 0.1, -1.2];
const cotangent = [0.3, -1.1, 0.7, 2, -0.4];

/** Everything the reference computes, in one list. */
const everything = (options: SharmixOptions): number[] => {
  const vjp = sharmixVjp(z, cotangent, options);
  const hard = sharmixLoss(z, 1, options);
  const soft = sharmixLoss(z, [0.1, 0.2, 0.3, 0.4, 0], options);
  const p = sharmix(z, options);
  return [
    ...p,
    ...vjp.dz,
    vjp.dq,
    vjp.dr,
    hard.loss,
    hard.dq,
    hard.dr,
    soft.loss,
    soft.dq,
    soft.dr,
    sharmaMittalEntropy(p, options.q ?? 1, options.r ?? 1),
  ];
};

const limits: [string, SharmixOptions, (step: number) => SharmixOptions][] = [
  ['q -> 1, r -> 1', { q: 1, r: 1 }, (h) => ({ q: 1 + h, r: 1 + h })],
  ['q -> 1 at r = 1', { q: 1, r: 1 }, (h) => ({ q: 1 + h, r: 1 })],
  ['q -> 1 at r = 2.5', { q: 1, r: 2.5 }, (h) => ({ q: 1 + h, r: 2.5 })],
  ['r -> 1 at q = 1', { q: 1, r: 1 }, (h) => ({ q: 1, r: 1 + h })],
  ['r -> 1 at q = 1.5', { q: 1.5, r: 1 }, (h) => ({ q: 1.5, r: 1 + h })],
  ['r -> q from above', { q: 1.5, r: 1.5 }, (h) => ({ q: 1.5, r: 1.5 + h })],
  ['r -> q from below', { q: 1.5, r: 1.5 }, (h) => ({ q: 1.5, r: 1.5 - h })],
  ['r -> 2 - 1/q from above', { q: 2, r: 1.5 }, (h) => ({ q: 2, r: 1.5 + h })],
  ['r -> 2 - 1/q from below', { q: 2, r: 1.5 }, (h) => ({ q: 2, r: 1.5 - h })],
  ['q -> 2 from below', { q: 2, r: 2 }, (h) => ({ q: 2 - h, r: 2 })],
  ['q -> 2 from above', { q: 2, r: 2 }, (h) => ({ q: 2 + h, r: 2 })],
];

describe.each(limits)('%s', (_, limit, approach) => {
  it('is continuous in p, the loss, all gradients and the entropy', () => {
    const expected = everything(limit);
    expect(expected.every(Number.isFinite)).toBe(true);
    for (const h of [1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13, 2 ** -51]) {
      const change = everything(approach(h)).map((value, i) => Math.abs(value - expected[i]!));
      // The change is proportional to h, down to rounding: no digit is lost to cancellation on the way.
      expect(Math.max(...change)).toBeLessThan(20 * h + 2e-14);
    }
  });
});

describe('next to q = 1', () => {
  it('is q = 1 to the last digits at the smallest step float64 has', () => {
    const one = everything({ q: 1, r: 1 });
    const next = everything({ q: 1 + 2 ** -52, r: 1 + 2 ** -52 });
    expect(Math.max(...next.map((value, i) => Math.abs(value - one[i]!)))).toBeLessThan(4e-15);
  });
});
