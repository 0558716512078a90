// Gradients: the float32 rows against the float64 reference, the operator's `grad` on tensors, and gradcheck.

import { describe, expect, it } from 'vitest';
import { sharmix as op } from '../../ops/index.ts';
import { forwardRows, vjpRows, type RowOptions } from '../../ops/sharmix/cpu/index.ts';
import { grad } from '../../ops/sharmix/grad.ts';
import { kernel } from '../../ops/sharmix/kernel.ts';
import { sharmixVjp } from '../../ops/sharmix/math/index.ts';
import type { Coupling, SharmixAttributes } from '../../ops/sharmix/schema.ts';
import {
  DTypeError,
  float16ToFloat32,
  float32ToFloat16,
  ShapeError,
  tensor,
  type Tensor,
  type TensorOf,
} from '../../src/schema/index.ts';
import { gradcheck, randomOf } from '../../src/testing/index.ts';
import { largestError, scaledError, vectors } from './kernel-vectors.ts';

const row = (z: Float32Array) => ({ outer: 1, n: z.length, inner: 1 });

const vjp = (z: Float32Array, cotangent: Float32Array, o: RowOptions) => {
  const p = new Float32Array(z.length);
  forwardRows(z, p, row(z), o);
  return vjpRows(z, p, cotangent, row(z), o);
};

describe.each<Coupling>(['exact', 'entmax'])(
  'gradients of float32 rows, coupling %s',
  (coupling) => {
    it('agree with the reference on every golden vector', () => {
      const errors = vectors.map(({ name, z, cotangent, q, r, temperature }) => {
        const o = { q, r, temperature, coupling };
        const actual = vjp(z, cotangent, o);
        const expected = sharmixVjp(z, cotangent, o);
        return {
          name,
          dz: largestError(actual.dz, expected.dz),
          dq: scaledError(actual.dq, expected.dq),
          dr: scaledError(actual.dr, expected.dr),
        };
      });
      expect(errors).toHaveLength(331);
      expect(errors.filter(({ dz, dq, dr }) => !(dz < 1e-6 && dq < 1e-6 && dr < 1e-6))).toEqual([]);
    });
  },
);

describe('gradients of float32 rows', () => {
  const random = randomOf(3);
  const z = Float32Array.from({ length: 24 }, () => random.normal());
  const cotangent = Float32Array.from({ length: 24 }, () => random.normal());
  const o: RowOptions = { q: 1.5, r: 1.75, temperature: 0.5, coupling: 'exact' };

  it('are summed over the rows for q and r, at any stride', () => {
    const rows = { outer: 2, n: 3, inner: 4 };
    const p = new Float32Array(24);
    forwardRows(z, p, rows, o);
    const all = vjpRows(z, p, cotangent, rows, o);
    let dq = 0;
    let dr = 0;
    for (let k = 0; k < 8; k++) {
      const at = [0, 1, 2].map((j) => (Math.floor(k / 4) * 3 + j) * 4 + (k % 4));
      const pick = (values: Float32Array) => Float32Array.from(at, (i) => values[i]!);
      const one = sharmixVjp(pick(z), pick(cotangent), o);
      dq += one.dq;
      dr += one.dr;
      expect(largestError(pick(all.dz), one.dz)).toBeLessThan(1e-6);
    }
    expect(all.dq).toBeCloseTo(dq, 8);
    expect(all.dr).toBeCloseTo(dr, 8);
  });

  it('are NaN in a row without a solution, and in the sums', () => {
    const bad = z.slice();
    bad[4] = NaN;
    const rows = { outer: 8, n: 3, inner: 1 };
    const p = new Float32Array(24);
    forwardRows(bad, p, rows, o);
    const { dz, dq, dr } = vjpRows(bad, p, cotangent, rows, o);
    expect([...dz.subarray(3, 6), dq, dr]).toEqual([NaN, NaN, NaN, NaN, NaN]);
    expect(dz.filter((value) => Number.isNaN(value))).toHaveLength(3);
  });

  it('follow the maximiser that the probabilities are of', () => {
    // q 2, r 1: a leader over 40 ties has two maximisers, far apart.
    const leader = Float32Array.from({ length: 41 }, (_, i) => (i === 0 ? 0.9 : 0));
    const y = Float32Array.from(leader, (_, i) => Math.cos(i));
    const steep: RowOptions = { q: 2, r: 1, temperature: 1, coupling: 'exact' };
    expect(largestError(vjp(leader, y, steep).dz, sharmixVjp(leader, y, steep).dz)).toBeLessThan(
      1e-6,
    );
  });

  it('come out right from probabilities rounded to float16', () => {
    const rows = { outer: 1, n: 24, inner: 1 };
    const p = new Float32Array(24);
    forwardRows(z, p, rows, o);
    const coarse = float16ToFloat32(float32ToFloat16(p));
    const expected = sharmixVjp(z, cotangent, o);
    expect(largestError(vjpRows(z, coarse, cotangent, rows, o).dz, expected.dz)).toBeLessThan(1e-6);
  });

  it('refuse arrays of another length', () => {
    const rows = { outer: 8, n: 3, inner: 1 };
    expect(() => vjpRows(z, z, cotangent.subarray(1), rows, o)).toThrow(ShapeError);
    expect(() => vjpRows(z, z.subarray(1), cotangent, rows, o)).toThrow(ShapeError);
  });
});

const attributes: SharmixAttributes = { axis: -1, temperature: 1, coupling: 'exact' };

const makers = {
  float32: (values: readonly number[], dims: readonly number[]) =>
    tensor('float32', Float32Array.from(values), dims),
  float64: (values: readonly number[], dims: readonly number[]) =>
    tensor('float64', Float64Array.from(values), dims),
  float16: (values: readonly number[], dims: readonly number[]) =>
    tensor('float16', float32ToFloat16(values), dims),
};

interface Given {
  readonly logits: Tensor;
  readonly q?: Tensor;
  readonly r?: Tensor;
}

const gradients = (given: Given, cotangent: Tensor, changed: Partial<SharmixAttributes> = {}) => {
  const inputs = { q: undefined, r: undefined, ...given };
  const all = { ...attributes, ...changed };
  const outputs = kernel(inputs, all) as { probabilities: Tensor };
  return grad(inputs, outputs, { probabilities: cotangent }, all);
};

const numbers = ({ dtype, data }: Tensor): number[] =>
  dtype === 'float16' ? [...float16ToFloat32(data)] : [...(data as Float64Array)];

describe.each([
  ['float32', 1e-6],
  ['float64', 1e-13],
  ['float16', 2e-3],
] as const)('grad at %s', (dtype, tolerance) => {
  const make = makers[dtype];
  const logits = make([0.25, 0.75, -0.5, 1, 0.5, 0.125], [2, 3]);
  const cotangent = make([1, -0.5, 0.25, 2, 0.5, -1], [2, 3]);
  const scalar = (value: number, dims: readonly number[] = []) => make([value], dims);
  const expected = (q: number, r: number) =>
    [0, 3].map((at) =>
      sharmixVjp(numbers(logits).slice(at, at + 3), numbers(cotangent).slice(at, at + 3), { q, r }),
    );

  it('has the types and shapes of the inputs', () => {
    const {
      logits: dz,
      q,
      r,
    } = gradients({ logits, q: scalar(1.5), r: scalar(1.75, [1]) }, cotangent);
    expect([dz, q, r].map((value) => [value?.dtype, value?.dims])).toEqual([
      [dtype, [2, 3]],
      [dtype, []],
      [dtype, [1]],
    ]);
  });

  it('is the sum over the rows of the reference', () => {
    const all = gradients({ logits, q: scalar(1.5), r: scalar(1.75) }, cotangent);
    const rows = expected(1.5, 1.75);
    const sum = (of: 'dq' | 'dr') => rows.reduce((total, one) => total + one[of], 0);
    expect(
      largestError(
        numbers(all.logits!),
        rows.flatMap(({ dz }) => [...dz]),
      ),
    ).toBeLessThan(tolerance);
    expect(scaledError(numbers(all.q!)[0]!, sum('dq'))).toBeLessThan(tolerance);
    expect(scaledError(numbers(all.r!)[0]!, sum('dr'))).toBeLessThan(tolerance);
  });

  it('is the total derivative by q where r follows q', () => {
    const { q, r } = gradients({ logits, q: scalar(1.5) }, cotangent);
    const total = expected(1.5, 1.5).reduce((sum, { dq, dr }) => sum + dq + dr, 0);
    expect(scaledError(numbers(q!)[0]!, total)).toBeLessThan(tolerance);
    expect(r).toBeUndefined();
  });

  it('has no entry for absent indices', () => {
    expect(Object.keys(gradients({ logits }, cotangent))).toEqual(['logits']);
    expect(Object.keys(gradients({ logits, r: scalar(2) }, cotangent))).toEqual(['logits', 'r']);
  });

  it('is that of q-entmax, and 0 by r, under coupling entmax', () => {
    const both = { logits, q: scalar(1.5), r: scalar(3) };
    const all = gradients(both, cotangent, { coupling: 'entmax' });
    const entmax = gradients({ logits, q: scalar(1.5) }, cotangent);
    expect(all.logits).toEqual(entmax.logits);
    expect(all.q).toEqual(entmax.q);
    expect([...numbers(all.r!)]).toEqual([0]);
  });
});

describe('grad', () => {
  const logits = makers.float32([0, 1], [2]);

  it('refuses a cotangent of another type or shape', () => {
    expect(() => gradients({ logits }, makers.float64([0, 1], [2]))).toThrow(DTypeError);
    expect(() => gradients({ logits }, makers.float32([0, 1], [1, 2]))).toThrow(ShapeError);
  });

  it('refuses q out of range', () => {
    const inputs = { logits, q: makers.float32([3], []), r: undefined };
    const like = { probabilities: logits };
    expect(() => grad(inputs, like, like, attributes)).toThrow(RangeError);
  });

  it('is empty for an empty batch', () => {
    const empty = makers.float32([], [0, 3]);
    const q = makers.float32([1.5], []);
    const result = gradients({ logits: empty, q }, empty);
    expect(result.logits).toEqual(empty);
    expect((result.q as TensorOf<'float32'>).data).toEqual(Float32Array.of(0));
  });
});

describe('gradcheck of the operator', () => {
  const make = makers.float64;
  const random = randomOf(8);
  const logits = make(
    Array.from({ length: 12 }, () => random.normal()),
    [2, 3, 2],
  );
  it.each([
    ['softmax', {}, { axis: -1 }],
    ['q-entmax', { q: 1.4 }, { axis: 1 }],
    ['r > q', { q: 1.3, r: 1.8 }, { axis: 0, temperature: 0.7 }],
    ['r < q', { q: 1.8, r: 1.5 }, { axis: 1 }],
    ['not concave', { q: 1.5, r: 1.1 }, { axis: -2 }],
    ['close to sparsemax', { q: 1.9, r: 1.7 }, { axis: -1 }],
  ] as const)('passes for %s', async (_, indices: { q?: number; r?: number }, changed) => {
    const { q, r } = indices;
    const report = await gradcheck(
      op,
      {
        logits,
        q: q === undefined ? undefined : make([q], []),
        r: r === undefined ? undefined : make([r], [1]),
      },
      changed,
    );
    expect(report.checked).toHaveLength(1 + Object.keys(indices).length);
  });
});
