// The JS kernel's contract on tensors: types, axes, optional inputs, what it refuses.

import { describe, expect, it } from 'vitest';
import { sharmix as op } from '../../ops/index.ts';
import { kernel } from '../../ops/sharmix/kernel.ts';
import { sharmix as reference } from '../../ops/sharmix/math/index.ts';
import type { SharmixAttributes } from '../../ops/sharmix/schema.ts';
import {
  DTypeError,
  float16ToFloat32,
  float32ToFloat16,
  ShapeError,
  tensor,
  type Tensor,
  type TensorOf,
} from '../../src/schema/index.ts';

const attributes: SharmixAttributes = { axis: -1, temperature: 1, coupling: 'exact' };

const run = (
  logits: Tensor,
  indices: { q?: Tensor; r?: Tensor } = {},
  changed: Partial<SharmixAttributes> = {},
): Tensor => {
  const { q, r } = indices;
  const outputs = kernel({ logits, q, r }, { ...attributes, ...changed });
  return (outputs as { probabilities: Tensor }).probabilities;
};

const f32 = (values: readonly number[], dims: readonly number[] = [values.length]) =>
  tensor('float32', Float32Array.from(values), dims);
const f64 = (values: readonly number[], dims: readonly number[] = [values.length]) =>
  tensor('float64', Float64Array.from(values), dims);
const f16 = (values: readonly number[], dims: readonly number[] = [values.length]) =>
  tensor('float16', float32ToFloat16(values), dims);

describe('the kernel', () => {
  it('is the sparsemax of a row known by hand at q = r = 2', () => {
    expect([...(run(f32([1, 0.5, -3]), { q: f32([2], []) }).data as Float32Array)]).toEqual([
      0.75, 0.25, 0,
    ]);
  });

  it('is softmax without q and r', () => {
    const p = run(f64([Math.log(1), Math.log(2), Math.log(5)])).data as Float64Array;
    [1 / 8, 2 / 8, 5 / 8].forEach((value, i) => expect(p[i]).toBeCloseTo(value, 14));
  });

  it('takes r absent as q', () => {
    const logits = f32([0.3, -0.2, 0.9]);
    const q = f32([1.5], []);
    expect(run(logits, { q })).toEqual(run(logits, { q, r: q }));
  });

  it('takes q absent as 1', () => {
    const logits = f32([0.3, -0.2, 0.9]);
    const r = f32([2.5], []);
    expect(run(logits, { r })).toEqual(run(logits, { q: f32([1], []), r }));
  });

  it('ignores r under coupling entmax', () => {
    const logits = f32([0.3, -0.2, 0.9]);
    const q = f32([1.5], []);
    expect(run(logits, { q, r: f32([3], []) }, { coupling: 'entmax' })).toEqual(run(logits, { q }));
  });

  it('is float32 softmax beyond the range of exp', () => {
    expect([...(run(f32([3e38, -3e38, 3e38])).data as Float32Array)]).toEqual([0.5, 0, 0.5]);
  });

  it('does not change its inputs', () => {
    const logits = f32([0.3, -Infinity, 0.9, 0.1, NaN, 2], [2, 3]);
    const before = logits.data.slice();
    run(logits, { q: f32([1.5], []) });
    expect(logits.data).toEqual(before);
  });

  it('gives results that do not share memory', () => {
    const logits = f32([0.3, 0.9]);
    const first = run(logits);
    const kept = (first as TensorOf<'float32'>).data.slice();
    run(f32([5, -5]));
    expect(first.data).toEqual(kept);
  });
});

const values = Array.from({ length: 24 }, (_, i) => Math.sin(7 * i) * 2);

describe.each([
  { dims: [2, 3, 4], axis: 0, lines: [[0, 12]] },
  { dims: [2, 3, 4], axis: -3, lines: [[0, 12]] },
  { dims: [2, 3, 4], axis: 1, lines: [[13, 17, 21]] },
  { dims: [2, 3, 4], axis: -2, lines: [[2, 6, 10]] },
  { dims: [2, 3, 4], axis: 2, lines: [[8, 9, 10, 11]] },
  { dims: [2, 3, 4], axis: -1, lines: [[20, 21, 22, 23]] },
  { dims: [2, 3, 2, 2], axis: 1, lines: [[13, 17, 21]] },
  { dims: [24], axis: 0, lines: [[...values.keys()]] },
])('along axis $axis of $dims', ({ dims, axis, lines }) => {
  it.each([
    ['float64', f64, 0],
    ['float32', f32, 1e-7],
    ['float16', f16, 3e-4],
  ] as const)('%s elements are normalised over their own line', (dtype, make, tolerance) => {
    const logits = make(values, dims);
    const p = run(logits, { q: make([1.5], []), r: make([1.75], [1]) }, { axis });
    expect([p.dtype, p.dims]).toEqual([dtype, dims]);
    const plain = ({ data }: Tensor) =>
      dtype === 'float16' ? float16ToFloat32(data as Uint16Array) : (data as Float64Array);
    for (const line of lines) {
      const expected = reference(
        line.map((i) => plain(logits)[i]!),
        { q: 1.5, r: 1.75 },
      );
      line.forEach((i, j) => {
        expect(Math.abs(plain(p)[i]! - expected[j]!)).toBeLessThanOrEqual(tolerance);
      });
    }
  });
});

describe('the kernel refuses', () => {
  const logits = f32([0, 1, 2]);
  it.each([
    ['q below 1', { q: f32([0.5], []) }, RangeError, /q must be in \[1, 2\], got 0.5/],
    ['q above 2', { q: f32([2.5], []) }, RangeError, /q must be in \[1, 2\], got 2.5/],
    ['q NaN', { q: f32([NaN], []) }, RangeError, /q must be in \[1, 2\], got NaN/],
    ['r above 4', { r: f32([5], []) }, RangeError, /r must be in \[1, 4\], got 5/],
    ['q of two elements', { q: f32([1, 1]) }, ShapeError, /q must be a scalar.*\[2\]/],
    ['q of shape [1, 1]', { q: f32([1], [1, 1]) }, ShapeError, /q must be a scalar.*\[1, 1\]/],
    ['r empty', { r: f32([], [0]) }, ShapeError, /r must be a scalar.*\[0\]/],
    ['q of another type', { q: f64([1], []) }, DTypeError, /logits' type, float32, got float64/],
  ] as const)('%s', (_, indices, error, message) => {
    expect(() => run(logits, indices)).toThrow(error);
    expect(() => run(logits, indices)).toThrow(message);
  });

  it('q out of range for an empty batch too', () => {
    expect(() => run(f32([], [0, 3]), { q: f32([3], []) })).toThrow(RangeError);
  });

  it.each([3, -4, 0.5])('axis %d at rank 3', (axis) => {
    expect(() => run(f32(values, [2, 3, 4]), {}, { axis })).toThrow(ShapeError);
  });

  it('a scalar', () => {
    expect(() => run(f32([1], []))).toThrow(ShapeError);
  });

  it('integers', () => {
    expect(() => run(tensor('int32', Int32Array.of(1, 2), [2]))).toThrow(DTypeError);
  });
});

describe('shape inference', () => {
  it('hands on type and symbolic dimensions of the logits', () => {
    const logits = { dtype: 'float32', dims: ['batch', null, 3] } as const;
    expect(op.infer({ logits }, {})).toEqual({ probabilities: logits });
  });
});
