// The contract of the reference on rows and options at the edge: masks, NaN, ties, one class, empty rows, ranges.

import { describe, expect, it } from 'vitest';
import {
  entmax,
  normmax,
  sharmix,
  sharmixLoss,
  sharmixVjp,
  softmax,
  sparsemax,
  type SharmixOptions,
} from '../../../ops/sharmix/math/index.ts';

const inf = Infinity;

/** One of each region: softmax, q = 1 with r, entmax, r > q, concave r < q, several maxima, sparsemax, q beyond 2. */
const regions: readonly SharmixOptions[] = [
  { q: 1, r: 1 },
  { q: 1, r: 2.5 },
  { q: 1.5 },
  { q: 1.5, r: 1.75 },
  { q: 1.75, r: 1.6 },
  { q: 1.75, r: 1.1 },
  { q: 2, r: 2 },
  { q: 3, r: 3 },
  { q: 1.5, r: 1.25, coupling: 'entmax' },
];

const maps: Record<string, (z: ArrayLike<number>) => Float64Array> = {
  softmax,
  sparsemax,
  'entmax 1.5': (z) => entmax(z, 1.5),
  'entmax 1.3': (z) => entmax(z, 1.3),
  'normmax 1': (z) => normmax(z, 1),
  'normmax 2': (z) => normmax(z, 2),
  ...Object.fromEntries(
    regions.map((options) => [
      `sharmix ${JSON.stringify(options)}`,
      (z: ArrayLike<number>) => sharmix(z, options),
    ]),
  ),
};

describe.each(Object.entries(maps))('%s', (_, map) => {
  it('masks a class with -inf: exactly 0, the rest as if it were deleted', () => {
    const rest = [...map([0.3, -0.2, 0.1])];
    expect([...map([0.3, -inf, -0.2, -inf, 0.1])]).toEqual([rest[0], 0, rest[1], 0, rest[2]]);
    expect([...map([-inf, 0.3, -0.2, 0.1])]).toEqual([0, ...rest]);
  });

  it('gives a lone class 1, whatever its logit and however many are masked', () => {
    for (const value of [0, -3, 1e300, -1e300, 5e-324]) {
      expect([...map([value])]).toEqual([1]);
      expect([...map([-inf, value, -inf])]).toEqual([0, 1, 0]);
    }
  });

  it.each([
    ['NaN', [0, NaN, 1]],
    ['NaN first', [NaN, 0]],
    ['NaN beside a mask', [-inf, NaN]],
    ['+inf', [0, inf, 1]],
    ['+inf after NaN', [NaN, inf]],
    ['a row masked throughout', [-inf, -inf]],
    ['a lone masked class', [-inf]],
  ])('gives NaN throughout for %s', (__, z) => {
    expect([...map(z)]).toEqual(z.map(() => NaN));
  });

  it('gives an empty row for an empty row', () => {
    expect(map([])).toEqual(new Float64Array(0));
  });

  it('lets ties share equally', () => {
    const p = map([0.5, 1, 0.5, 1, -9]);
    expect(p[0]).toBe(p[2]);
    expect(p[1]).toBe(p[3]);
    const uniform = map([2, 2, 2, 2]);
    for (const value of uniform) expect(value).toBe(0.25);
  });

  it('gives the leader 1 and 0 to the rest at logits as far apart as float64 reaches', () => {
    expect([...map([1.7e308, -1.7e308, 0])]).toEqual([1, 0, 0]);
  });

  it('takes any array-like and leaves it as it was', () => {
    const values = [0.25, -1, 0.5];
    const expected = map(values);
    expect(map(Float32Array.from(values))).toEqual(expected);
    expect(map(Float64Array.from(values))).toEqual(expected);
    expect(map({ length: 3, 0: 0.25, 1: -1, 2: 0.5 })).toEqual(expected);
    expect(values).toEqual([0.25, -1, 0.5]);
  });
});

describe.each(regions)('gradients at %o', (options) => {
  it('are 0 at masked classes and those of the row without them elsewhere', () => {
    const masked = sharmixVjp([0.3, -inf, -0.2, 0.1], [1, NaN, 2, -1], options);
    const deleted = sharmixVjp([0.3, -0.2, 0.1], [1, 2, -1], options);
    const [first, ...others] = deleted.dz;
    expect([...masked.dz]).toEqual([first, 0, ...others]);
    expect([masked.dq, masked.dr]).toEqual([deleted.dq, deleted.dr]);
  });

  it('are NaN throughout where the probabilities are', () => {
    for (const z of [
      [0, NaN],
      [inf, 0],
      [-inf, -inf],
    ]) {
      const nan = { dz: Float64Array.of(NaN, NaN), dq: NaN, dr: NaN };
      expect(sharmixVjp(z, [1, 2], options)).toEqual(nan);
      expect(sharmixLoss(z, 1, options)).toEqual({ loss: NaN, ...nan });
    }
  });

  it('are 0 for one class and for a leader beyond reach', () => {
    for (const z of [[3], [900, 0, 1]]) {
      const zeros = { dz: new Float64Array(z.length), dq: 0, dr: 0 };
      expect(sharmixVjp(z, [5, 1, 2].slice(0, z.length), options)).toEqual(zeros);
    }
  });

  it('are empty for an empty row', () => {
    expect(sharmixVjp([], [], options)).toEqual({ dz: new Float64Array(0), dq: 0, dr: 0 });
  });
});

describe('ranges', () => {
  const z = [0, 1];
  const calls: Record<string, (options: SharmixOptions) => unknown> = {
    sharmix: (options) => sharmix(z, options),
    sharmixVjp: (options) => sharmixVjp(z, [1, 2], options),
    sharmixLoss: (options) => sharmixLoss(z, 0, options),
  };

  it.each(Object.entries(calls))('%s names the option, its rule and its value', (name, call) => {
    const messages: [SharmixOptions, string][] = [
      [{ q: 0.999 }, `${name}: q must be in [1, 4], got 0.999.`],
      [{ q: 4.001 }, `${name}: q must be in [1, 4], got 4.001.`],
      [{ q: NaN }, `${name}: q must be in [1, 4], got NaN.`],
      [{ q: 1.5, r: 0.5 }, `${name}: r must be in [1, 4], got 0.5.`],
      [{ r: Infinity }, `${name}: r must be in [1, 4], got Infinity.`],
      [{ r: 0, coupling: 'entmax' }, `${name}: r must be in [1, 4], got 0.`],
      [{ temperature: 0 }, `${name}: temperature must be finite and > 0, got 0.`],
      [{ temperature: -1 }, `${name}: temperature must be finite and > 0, got -1.`],
      [{ temperature: Infinity }, `${name}: temperature must be finite and > 0, got Infinity.`],
      [{ temperature: NaN }, `${name}: temperature must be finite and > 0, got NaN.`],
      [
        { coupling: 'loose' } as unknown as SharmixOptions,
        `${name}: coupling must be 'exact' or 'entmax', got "loose".`,
      ],
    ];
    for (const [options, message] of messages) {
      expect(() => call(options)).toThrow(new RangeError(message));
    }
  });

  it('includes its ends', () => {
    for (const q of [1, 4]) for (const r of [1, 4]) expect(sharmix(z, { q, r })).toHaveLength(2);
  });

  it('holds for entmax and normmax', () => {
    expect(() => entmax(z, 0.5)).toThrow(new RangeError('entmax: q must be in [1, 4], got 0.5.'));
    expect(() => normmax(z, 5)).toThrow(new RangeError('normmax: q must be in [1, 4], got 5.'));
  });

  it('wants a cotangent as long as the row', () => {
    expect(() => sharmixVjp(z, [1])).toThrow(
      new RangeError('sharmixVjp: dp must be as long as z, 2, got 1.'),
    );
  });
});

describe('defaults', () => {
  const z = [0.2, 0.5, -0.4];

  it('are softmax without options and q-entmax without r', () => {
    expect(sharmix(z)).toEqual(sharmix(z, { q: 1, r: 1, temperature: 1, coupling: 'exact' }));
    expect(sharmix(z, { q: 1.4 })).toEqual(sharmix(z, { q: 1.4, r: 1.4 }));
    expect(sharmix(z, { q: 1.4, r: undefined })).toEqual(sharmix(z, { q: 1.4 }));
  });
});
