// Every signature of the function body in every opset: it loads in stock onnxruntime-node and gives the reference's values.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { sharmix } from '../../ops/sharmix/index.ts';
import {
  currentRuntime,
  decodeModel,
  maxOpset,
  minOpset,
  ModelBuilder,
} from '../../src/onnx/index.ts';
import { distance, encode, openBody, referenceRows, rounded, type Float } from './body-support.ts';

const opsets = Array.from({ length: maxOpset - minOpset + 1 }, (_, i) => minOpset + i);
const indices = [
  { q: undefined, r: undefined },
  { q: 1.5, r: undefined },
  { q: undefined, r: 2.5 },
  { q: 1.5, r: 1.75 },
  // Below r = 2 - 1/q: the branch with several maxima.
  { q: 1.5, r: 1.25 },
] as const;
const tolerance: Readonly<Record<Float, number>> = {
  float32: 5e-7,
  float64: 1e-12,
  // Half a unit in the last place of the largest probability.
  float16: 2.5e-4,
};

const logits = [1.5, 0.25, -0.5, 1.25, 0, -3, 0.75, 0.75, 0.75, 4, -2, -Infinity];

describe('function body by signature', () => {
  it('covers the opsets from 13 to the newest that onnxruntime 1.30 reads', () => {
    expect([minOpset, maxOpset]).toEqual([13, currentRuntime.opset]);
  });

  for (const dtype of ['float32', 'float64', 'float16'] as const) {
    for (const { q, r } of indices) {
      for (const coupling of ['exact', 'entmax'] as const) {
        it(`${dtype}, q ${q ?? 'absent'}, r ${r ?? 'absent'}, ${coupling}: right in every opset`, async () => {
          const temperature = 0.5;
          const expected = referenceRows(rounded(dtype, logits), 3, {
            ...(q === undefined ? {} : { q }),
            ...(r === undefined ? {} : { r }),
            temperature,
            coupling,
          });
          const wrong: unknown[] = [];
          for (const opset of opsets) {
            const run = await openBody({
              dtype,
              q: q !== undefined,
              r: r !== undefined,
              opset,
              attributes: { temperature, coupling },
            });
            const { values, dims } = await run({
              logits,
              dims: [4, 3],
              ...(q === undefined ? {} : { q }),
              ...(r === undefined ? {} : { r }),
            });
            expect(dims).toEqual([4, 3]);
            const error = distance(values, expected);
            if (!(error < tolerance[dtype])) wrong.push({ opset, error });
          }
          expect(wrong).toEqual([]);
        });
      }
    }
  }

  it('tells signatures of one model apart, and shares equal ones', async () => {
    const model = new ModelBuilder({ opset: 17 });
    const single = model.input('single', 'float32', ['N', 3]);
    const double = model.input('double', 'float64', ['N', 3]);
    const q = model.input('q', 'float64', []);
    const add = (name: string, dtype: Float, value: ReturnType<typeof model.op>): void => {
      model.output(value, name, dtype, ['N', 3]);
    };
    add('a', 'float32', model.customOp(sharmix, { logits: single })['probabilities']!);
    add('b', 'float64', model.customOp(sharmix, { logits: double, q })['probabilities']!);
    add(
      'c',
      'float64',
      model.customOp(sharmix, { logits: double, q }, { temperature: 2 })['probabilities']!,
    );
    const bytes = model.build();
    expect(decodeModel(bytes).functions.map(({ name }) => name)).toEqual([
      'SharMiX',
      'SharMiX__float64_q_exact',
    ]);
    const session = await InferenceSession.create(bytes);
    const z = [1, 0.25, -0.5];
    const result = await session.run({
      single: new Tensor('float32', Float32Array.from(z), [1, 3]),
      double: new Tensor('float64', encode('float64', z) as Float64Array, [1, 3]),
      q: new Tensor('float64', [1.5], []),
    });
    const valuesOf = (name: string): number[] =>
      Array.from(result[name]!.data as Float32Array | Float64Array);
    expect(distance(valuesOf('a'), referenceRows(z, 3, {}))).toBeLessThan(5e-7);
    expect(distance(valuesOf('b'), referenceRows(z, 3, { q: 1.5 }))).toBeLessThan(1e-12);
    expect(distance(valuesOf('c'), referenceRows(z, 3, { q: 1.5, temperature: 2 }))).toBeLessThan(
      1e-12,
    );
  });
});
