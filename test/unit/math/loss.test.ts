// The Fenchel-Young loss: its definition, cross-entropy, margins, soft targets, masks, the surrogate of coupling entmax.

import { describe, expect, it } from 'vitest';
import {
  sharmaMittalEntropy,
  sharmix,
  sharmixLoss,
  softmax,
  type SharmixOptions,
} from '../../../ops/sharmix/math/index.ts';
import { distance } from '../../property/math-rows.ts';

const z = [0.9, -0.3, 0.4, 0.1];
const dot = (p: ArrayLike<number>, values: readonly number[]): number =>
  values.reduce((sum, value, i) => sum + p[i]! * value, 0);

const regions: readonly SharmixOptions[] = [
  { q: 1, r: 1 },
  { q: 1, r: 3 },
  { q: 1.5, r: 1.5 },
  { q: 1.5, r: 2.5, temperature: 0.7 },
  { q: 1.8, r: 1.6, temperature: 2 },
  { q: 2, r: 1.1 },
  { q: 3, r: 2, temperature: 1.5 },
];

describe.each(regions)('loss at %o', (options) => {
  const { q = 1, r = q, temperature = 1 } = options;
  const p = sharmix(z, options);
  const potential = dot(p, z) / temperature + sharmaMittalEntropy(p, q, r) / q;

  it('of a class is <p, z>/t + H(p)/q - z_y/t', () => {
    for (const label of z.keys()) {
      const { loss } = sharmixLoss(z, label, options);
      expect(Math.abs(loss - (potential - z[label]! / temperature))).toBeLessThan(1e-14);
    }
  });

  it('of a distribution y is <p, z>/t + H(p)/q - <y, z>/t - H(y)/q', () => {
    const y = [0.1, 0.5, 0, 0.4];
    const expected = potential - dot(y, z) / temperature - sharmaMittalEntropy(y, q, r) / q;
    expect(Math.abs(sharmixLoss(z, y, options).loss - expected)).toBeLessThan(1e-14);
  });

  it('has the gradient (p - y)/t', () => {
    const y = [0.1, 0.5, 0, 0.4];
    const expected = p.map((value, i) => (value - y[i]!) / temperature);
    expect(sharmixLoss(z, y, options).dz).toEqual(expected);
    const oneHot = p.map((value, i) => (value - (i === 2 ? 1 : 0)) / temperature);
    expect(sharmixLoss(z, 2, options).dz).toEqual(oneHot);
  });

  it('is infinite where a masked class has target mass, and ignores masked classes without', () => {
    const masked = [0.9, -Infinity, 0.4];
    expect(sharmixLoss(masked, 1, options).loss).toBe(Infinity);
    expect(sharmixLoss(masked, [0.5, 0.5, 0], options).loss).toBe(Infinity);
    const without = sharmixLoss([0.9, 0.4], [0.25, 0.75], options);
    expect(sharmixLoss(masked, [0.25, 0, 0.75], options)).toEqual({
      ...without,
      dz: Float64Array.of(without.dz[0]!, 0, without.dz[1]!),
    });
  });
});

describe('loss', () => {
  it('at q = r = 1 is the cross-entropy of softmax', () => {
    const p = softmax(z);
    for (const label of z.keys()) {
      expect(Math.abs(sharmixLoss(z, label).loss + Math.log(p[label]!))).toBeLessThan(1e-15);
    }
  });

  it('at q = r = 2 is the sparsemax loss', () => {
    // Two classes, gap g within the margin: sparsemax p = ((1 + g)/2, (1 - g)/2), loss of the second (1 + g)^2/4.
    for (const gap of [0, 0.25, 0.75]) {
      const { loss } = sharmixLoss([gap, 0], 1, { q: 2 });
      expect(Math.abs(loss - (1 + gap) ** 2 / 4)).toBeLessThan(1e-15);
    }
  });

  it('is exactly 0, with gradients 0, for a class that leads by t/(q - 1)', () => {
    for (const q of [1.25, 1.5, 2]) {
      for (const [r, temperature] of [
        [q, 1],
        [2.5, 1],
        [2.5, 2],
      ] as const) {
        const lead = temperature / (q - 1);
        const result = sharmixLoss([lead, 0, 0, -1], 0, { q, r, temperature });
        expect(result).toEqual({ loss: 0, dz: new Float64Array(4), dq: 0, dr: 0 });
        const short = sharmixLoss([lead - 0.01, 0, 0, -1], 0, { q, r, temperature });
        expect(short.loss).toBeGreaterThan(0);
      }
    }
  });

  it('keeps its digits where it is tiny', () => {
    // Softmax with a lead of 50: -ln p = ln(1 + 2 exp(-50)).
    const { loss } = sharmixLoss([50, 0, 0], 0);
    expect(Math.abs(loss / Math.log1p(2 * Math.exp(-50)) - 1)).toBeLessThan(1e-13);
  });

  it('under coupling entmax has the value at q-entmax and the surrogate gradients', () => {
    const options = { q: 1.5, r: 1.2, temperature: 0.8, coupling: 'entmax' } as const;
    const p = sharmix(z, { q: 1.5, temperature: 0.8 });
    const result = sharmixLoss(z, 1, options);
    const value = dot(p, z) / 0.8 + sharmaMittalEntropy(p, 1.5, 1.2) / 1.5 - z[1]! / 0.8;
    expect(Math.abs(result.loss - value)).toBeLessThan(1e-14);
    expect(
      distance(
        result.dz,
        p.map((v, i) => (v - (i === 1 ? 1 : 0)) / 0.8),
      ),
    ).toBe(0);
    const at = (q: number, r: number): number => sharmaMittalEntropy(p, q, r) / q;
    const h = 1e-5;
    expect(Math.abs(result.dq - (at(1.5 + h, 1.2) - at(1.5 - h, 1.2)) / (2 * h))).toBeLessThan(
      1e-9,
    );
    expect(Math.abs(result.dr - (at(1.5, 1.2 + h) - at(1.5, 1.2 - h)) / (2 * h))).toBeLessThan(
      1e-9,
    );
  });
});

describe('targets', () => {
  const refuses = (target: number | number[], message: string): void => {
    expect(() => sharmixLoss(z, target)).toThrow(new RangeError(`sharmixLoss: ${message}`));
  };

  it('are a class of the row', () => {
    refuses(4, 'target must be a class in [0, 3], got 4.');
    refuses(-1, 'target must be a class in [0, 3], got -1.');
    refuses(1.5, 'target must be a class in [0, 3], got 1.5.');
    refuses(NaN, 'target must be a class in [0, 3], got NaN.');
  });

  it('or a distribution over it', () => {
    refuses([1, 0], 'target must be as long as z, 4, got 2.');
    refuses([0.5, 0.6, -0.1, 0], 'target[2] must be >= 0, got -0.1.');
    refuses([0.5, NaN, 0.5, 0], 'target[1] must be >= 0, got NaN.');
    refuses([1, 1, 0, 0], 'target must sum to 1 within 0.00001, got 2.');
    expect(() => sharmixLoss(z, Float32Array.of(0.1, 0.2, 0.3, 0.4))).not.toThrow();
  });

  it('do not exist for an empty row', () => {
    expect(() => sharmixLoss([], 0)).toThrow(RangeError);
    expect(() => sharmixLoss([], [])).toThrow(RangeError);
  });
});
