// Sharma-Mittal entropy: its five named limits, values by hand, what it refuses.

import { describe, expect, it } from 'vitest';
import { sharmaMittalEntropy } from '../../../ops/sharmix/math/index.ts';

const p = [0.5, 0.25, 0.125, 0.125];
const shannon = 1.75 * Math.LN2;
const powers = (q: number): number => p.reduce((sum, value) => sum + value ** q, 0);

describe('sharmaMittalEntropy', () => {
  it('is Shannon at q = r = 1', () => {
    expect(sharmaMittalEntropy(p, 1, 1)).toBeCloseTo(shannon, 15);
  });

  it('is Renyi at r = 1', () => {
    for (const q of [1.3, 2, 3.5]) {
      expect(sharmaMittalEntropy(p, q, 1)).toBeCloseTo(Math.log(powers(q)) / (1 - q), 14);
    }
  });

  it('is Tsallis at r = q, which is the default of r', () => {
    for (const q of [1.3, 2, 3.5]) {
      expect(sharmaMittalEntropy(p, q, q)).toBeCloseTo((1 - powers(q)) / (q - 1), 14);
      expect(sharmaMittalEntropy(p, q)).toBe(sharmaMittalEntropy(p, q, q));
    }
  });

  it('is Gaussian at q = 1', () => {
    for (const r of [1.3, 2, 3.5]) {
      const expected = (Math.exp((1 - r) * shannon) - 1) / (1 - r);
      expect(sharmaMittalEntropy(p, 1, r)).toBeCloseTo(expected, 14);
    }
  });

  it('is the defining formula elsewhere', () => {
    for (const q of [1.2, 1.7, 2.5, 4]) {
      for (const r of [1.1, 1.9, 3, 4]) {
        const expected = (powers(q) ** ((1 - r) / (1 - q)) - 1) / (1 - r);
        expect(sharmaMittalEntropy(p, q, r)).toBeCloseTo(expected, 13);
      }
    }
  });

  it('is 0 at a vertex and (n^(1-r) - 1)/(1-r) at the uniform point, for every q', () => {
    for (const q of [1, 1.5, 2, 4]) {
      expect(sharmaMittalEntropy([0, 1, 0], q, 1.5)).toBe(0);
      expect(sharmaMittalEntropy([0.25, 0.25, 0.25, 0.25], q, 3)).toBeCloseTo(15 / 32, 15);
      expect(sharmaMittalEntropy([0.25, 0.25, 0.25, 0.25], q, 1)).toBeCloseTo(Math.log(4), 15);
    }
  });

  it('keeps its digits next to a vertex', () => {
    const tiny = 1e-12;
    // Renyi of order 2 of (1 - e, e): 2 e + O(e^2).
    const renyi = sharmaMittalEntropy([1 - tiny, tiny], 2, 1);
    expect(Math.abs(renyi / (2 * tiny) - 1)).toBeLessThan(1e-3);
  });

  it('counts classes of probability 0 as absent', () => {
    expect(sharmaMittalEntropy([0, ...p, 0], 1.5, 1.2)).toBe(sharmaMittalEntropy(p, 1.5, 1.2));
  });

  it('is NaN for a NaN row and 0 for the empty one', () => {
    expect(sharmaMittalEntropy([NaN, NaN], 1.5, 1.5)).toBeNaN();
    expect(sharmaMittalEntropy([], 1.5, 1.5)).toBe(0);
  });

  it('refuses what is no distribution, and indices out of range', () => {
    const error = (message: string): RangeError =>
      new RangeError(`sharmaMittalEntropy: ${message}`);
    expect(() => sharmaMittalEntropy([1.5, -0.5], 2, 2)).toThrow(
      error('p[1] must be >= 0, got -0.5.'),
    );
    expect(() => sharmaMittalEntropy([0.5, 0.4], 2, 2)).toThrow(
      error('p must sum to 1 within 0.00001, got 0.9.'),
    );
    expect(() => sharmaMittalEntropy(p, 0.5, 2)).toThrow(error('q must be in [1, 4], got 0.5.'));
    expect(() => sharmaMittalEntropy(p, 2, 5)).toThrow(error('r must be in [1, 4], got 5.'));
  });
});
