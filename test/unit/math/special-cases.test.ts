// Which well-known map SharMiX is at which indices, and values worked out by hand.

import { describe, expect, it } from 'vitest';
import { entmax, normmax, sharmix, softmax, sparsemax } from '../../../ops/sharmix/math/index.ts';
import { distance } from '../../property/math-rows.ts';

const rows = [
  [0.4, -0.1, 0.2],
  [2, 1, 0.1, -3, 1.9],
  [-7, -7.25, -6.5, -7.1, -6.9, -12],
  [0, 0, 0, 1],
  [1e-5, -2e-5, 3e-5],
  Array.from({ length: 200 }, (_, i) => Math.sin(i * i)),
];

describe('values worked out by hand', () => {
  it('softmax of logarithms is their proportion', () => {
    expect(distance(softmax([0, Math.log(2), Math.log(5)]), [1 / 8, 2 / 8, 5 / 8])).toBeLessThan(
      1e-15,
    );
  });

  it('sparsemax projects onto the simplex', () => {
    expect([...sparsemax([0.5, 0.25, -1])]).toEqual([0.625, 0.375, 0]);
    expect([...sparsemax([1, 0])]).toEqual([1, 0]);
    expect([...sparsemax([0.25, 0.25, 0.5])]).toEqual([0.25, 0.25, 0.5]);
  });

  it('1.5-entmax of a gap g shares as (1/2 +- g sqrt(8 - g^2)/8)', () => {
    for (const gap of [0.25, 1, 1.75]) {
      const lead = 0.5 + (gap * Math.sqrt(8 - gap * gap)) / 8;
      expect(distance(entmax([gap, 0], 1.5), [lead, 1 - lead])).toBeLessThan(1e-15);
      expect(distance(sharmix([gap, 0], { q: 1.5 }), [lead, 1 - lead])).toBeLessThan(1e-15);
    }
    // From a gap of 1/(q - 1) = 2 on, the leader has it all.
    expect([...entmax([2, 0], 1.5)]).toEqual([1, 0]);
  });

  it('2-normmax of two classes has (p_1 - p_2)/||p|| equal to the gap, up to a gap of 1', () => {
    const p = normmax([0.6, 0], 2);
    expect(Math.abs((p[0]! - p[1]!) / Math.hypot(p[0]!, p[1]!) - 0.6)).toBeLessThan(1e-15);
    expect([...normmax([1.1, 0], 2)]).toEqual([1, 0]);
  });

  it('normmax at q = 1 is the argmax, ties sharing, and so next to it', () => {
    for (const q of [1, 1 + 2 ** -52, 1 + 1e-9, 1.001]) {
      expect([...normmax([1, 3, 2], q)]).toEqual([0, 1, 0]);
      expect([...normmax([3, 1, 3], q)]).toEqual([0.5, 0, 0.5]);
    }
  });
});

describe('SharMiX is', () => {
  it.each(rows.map((z) => [z.length, z] as const))('each of the known maps, n = %i', (_, z) => {
    expect(distance(sharmix(z, { q: 1, r: 1 }), softmax(z))).toBeLessThan(1e-15);
    expect(distance(sharmix(z, { q: 2, r: 2 }), sparsemax(z))).toBeLessThan(1e-14);
    expect(distance(sharmix(z, { q: 1.5, r: 1.5 }), entmax(z, 1.5))).toBeLessThan(1e-14);
    for (const q of [1, 1.2, 1.5, 1.8, 2, 3]) {
      expect(distance(sharmix(z, { q, r: q }), entmax(z, q))).toBeLessThan(1e-14);
    }
    for (const q of [1.2, 1.5, 2, 3]) {
      const scaled = z.map((value) => value / (q - 1));
      expect(distance(sharmix(scaled, { q, r: 2 - 1 / q }), normmax(z, q))).toBeLessThan(1e-12);
    }
  });

  it('softmax at every r of a row without gaps', () => {
    for (const r of [1, 2, 4])
      expect([...sharmix([1, 1, 1, 1], { q: 1, r })]).toEqual([...softmax([1, 1, 1, 1])]);
  });

  it('a softmax of some temperature at q = 1, whatever r is', () => {
    const z = [1.5, 0.2, -0.7];
    for (const r of [1.2, 2, 3.5]) {
      const p = sharmix(z, { q: 1, r });
      const inverse = (Math.log(p[0]!) - Math.log(p[1]!)) / (z[0]! - z[1]!);
      expect(distance(p, softmax(z.map((value) => value * inverse)))).toBeLessThan(1e-15);
      expect(inverse).toBeGreaterThan(1);
    }
  });
});

describe('normmax', () => {
  it('meets the optimality conditions of <p, z> - ||p||_q', () => {
    for (const q of [1.5, 2, 3]) {
      for (const z of rows) {
        const p = normmax(z, q);
        const norm = p.reduce((sum, value) => sum + value ** q, 0) ** (1 / q);
        const slopes = z.map((value, i) => value - (p[i]! / norm) ** (q - 1));
        const level = slopes[z.indexOf(Math.max(...z))]!;
        const wrong = slopes.filter((slope, i) =>
          p[i]! > 1e-9 ? Math.abs(slope - level) > 1e-11 : p[i] === 0 && slope > level + 1e-11,
        );
        expect(wrong).toEqual([]);
      }
    }
  });
});
