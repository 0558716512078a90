// The contract of SharMiX's forward shader beside its numbers: axes, float16, masks, NaN, empty, one class, long rows, many rows.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reductionFor, rowKindFor } from '../../../ops/sharmix/shader/variant.ts';
import { shader } from '../../../ops/sharmix/shader.ts';
import { shaderDeviceOf, whyNoShader } from '../../../src/runtime/webgpu/index.ts';
import {
  float16Bits,
  float16ToFloat32,
  float32ToFloat16,
  sizeOf,
  tensor,
  zeros,
  type Tensor,
} from '../../../src/schema/index.ts';
import { createRandom, rowKinds } from './wgsl-rows.ts';
import {
  createRunner,
  expected,
  largestError,
  shaderOp,
  ShaderRunner,
  valuesOf,
} from './wgsl-sharmix.ts';

const dense = (dims: readonly number[], seed = 1): Tensor =>
  tensor('float32', Float32Array.from(rowKinds['dense']!(sizeOf(dims), createRandom(seed))), dims);

const floats = (...values: number[]): Tensor =>
  tensor('float32', Float32Array.from(values), [values.length]);

const toHalf = (t: Tensor): Tensor => tensor('float16', float32ToFloat16(valuesOf(t)), t.dims);

describe.each([{ subgroups: true }, { subgroups: false }])(
  'subgroups: $subgroups',
  ({ subgroups }) => {
    let runner: ShaderRunner;
    beforeAll(async () => {
      runner = await createRunner({}, { subgroups });
    });
    afterAll(() => runner.dispose());

    const run = async (logits: Tensor, settings = {}): Promise<Float32Array> =>
      valuesOf(await runner.run(logits, settings));

    it('runs on the device it says', () => {
      const device = shaderDeviceOf(runner.executor.device);
      expect(device.subgroups).toBe(subgroups);
      expect(rowKindFor(32, device)).toBe('invocation');
      expect(rowKindFor(33, device)).toBe(subgroups ? 'subgroup' : 'workgroup');
      expect(rowKindFor(1025, device)).toBe('workgroup');
      expect(reductionFor('workgroup', device)).toBe(subgroups ? 'subgroup' : 'tree');
    });

    it.each([-1, 0, 1, 2, -2, -4])('normalises along axis %i', async (axis) => {
      const logits = dense([3, 40, 2, 5]);
      const settings = { q: 1.5, r: 1.75, temperature: 0.5, axis };
      const p = await runner.run(logits, settings);
      expect(p.dims).toEqual([3, 40, 2, 5]);
      expect(largestError(valuesOf(p), expected(logits, settings))).toBeLessThan(1e-6);
    });

    it('takes q absent as 1 and r absent as q, hidden or not', async () => {
      const logits = dense([4, 7]);
      for (const settings of [
        {},
        { q: 1.5 },
        { q: 1.5, hidden: true },
        { r: 2 },
        { r: 2, hidden: true },
      ]) {
        expect(largestError(await run(logits, settings), expected(logits, settings))).toBeLessThan(
          1e-6,
        );
      }
    });

    it('computes q-entmax with coupling entmax, whatever r', async () => {
      const logits = dense([4, 50]);
      for (const hidden of [false, true]) {
        const p = await run(logits, { q: 1.5, r: 3, coupling: 'entmax', hidden });
        expect(p).toEqual(await run(logits, { q: 1.5, r: 1.5, hidden }));
      }
    });

    it.each([[3], [64], [2000]])(
      'masks a class of %i by -infinity as if it were deleted',
      async (n) => {
        const z = rowKinds['dense']!(n, createRandom(n));
        const masked = z.flatMap((value, i) => (i % 3 === 0 ? [-Infinity, value] : [value]));
        for (const settings of [{}, { q: 1.5, r: 1.2 }, { q: 2, r: 4 }]) {
          const p = await run(floats(...masked), settings);
          const zero = p.filter((_, i) => masked[i] === -Infinity);
          expect(zero.every((value) => Object.is(value, 0))).toBe(true);
          const kept = p.filter((_, i) => masked[i] !== -Infinity);
          expect(largestError(kept, await run(floats(...z), settings))).toBeLessThan(5e-7);
        }
      },
    );

    it.each([[5], [100], [1500]])(
      'gives NaN throughout bad rows of %i and leaves their neighbours',
      async (n) => {
        const good = rowKinds['dense']!(n, createRandom(n));
        const bad = [
          good.with(2, NaN),
          good.with(n - 1, Infinity),
          good.with(0, NaN).with(1, -Infinity),
          good.map(() => -Infinity),
        ];
        const rows = [good, ...bad.flatMap((row) => [row, good])];
        const logits = tensor('float32', Float32Array.from(rows.flat()), [rows.length, n]);
        for (const settings of [
          { q: 1.5, r: 1.75 },
          { q: 1.5, r: 1.75, hidden: true },
        ]) {
          const p = await run(logits, settings);
          const alone = await run(floats(...good), settings);
          rows.forEach((row, i) => {
            const got = p.subarray(i * n, (i + 1) * n);
            expect(got).toEqual(row === good ? alone : new Float32Array(n).fill(NaN));
          });
        }
      },
    );

    it.each([
      { q: 0.999 },
      { q: 2.001 },
      { q: NaN },
      { q: -1.5 },
      { q: 1.5, r: 0.5 },
      { q: 1.5, r: 4.001 },
      { q: 1.5, r: Infinity },
      { q: 1.5, r: 5, coupling: 'entmax' as const },
    ])('throws for $q, $r where they are known, gives NaN where they are not', async (settings) => {
      const logits = dense([2, 3]);
      await expect(run(logits, settings)).rejects.toThrow(RangeError);
      expect(await run(logits, { ...settings, hidden: true })).toEqual(
        new Float32Array(6).fill(NaN),
      );
    });

    it('gives one class all, also a leader that is alone with masks', async () => {
      expect(await run(dense([3, 1]), { q: 1.5, r: 1.1 })).toEqual(Float32Array.of(1, 1, 1));
      expect(await run(floats(-Infinity, -3e38, -Infinity), { q: 1.5 })).toEqual(
        Float32Array.of(0, 1, 0),
      );
    });

    it('shares among ties and survives the ends of float32', async () => {
      expect(await run(floats(2, 2, 2, 2), { q: 2, r: 1.5 })).toEqual(
        new Float32Array(4).fill(0.25),
      );
      const extreme = floats(3.4e38, -3.4e38, 3.4e38);
      for (const settings of [
        {},
        { q: 2, r: 2, temperature: 1e-30 },
        { q: 1.3, r: 2, temperature: 1e30 },
      ]) {
        expect(largestError(await run(extreme, settings), [0.5, 0, 0.5])).toBeLessThan(1e-7);
      }
    });

    it('gives an empty result for an empty batch and for rows of none', async () => {
      expect(await runner.run(zeros('float32', [0, 5]), { q: 1.5 })).toEqual(
        zeros('float32', [0, 5]),
      );
      expect(await runner.run(zeros('float32', [5, 0]), { q: 1.5 })).toEqual(
        zeros('float32', [5, 0]),
      );
      expect(await runner.run(zeros('float16', [2, 0, 3]))).toEqual(zeros('float16', [2, 0, 3]));
    });

    it.each([
      [1, 1],
      [5, 3],
      [4, 33],
      [3, 101],
      [2, 1025],
    ])('computes float16 [%i, %i], words shared by rows', async (rows, n) => {
      for (const axis of [-1, 0]) {
        const logits = toHalf(dense([rows, n], n));
        const settings = { q: 1.5, r: 1.75, axis };
        const p = await runner.run(logits, settings);
        // The float16 nearest to a value within 2e-6 of the reference.
        const wanted = expected(logits, settings);
        expect(p.dtype).toBe('float16');
        valuesOf(p).forEach((value, i) => {
          const [low, high] = float16ToFloat32(
            float32ToFloat16([wanted[i]! - 2e-6, wanted[i]! + 2e-6]),
          );
          expect(value).toBeGreaterThanOrEqual(Math.max(0, low!));
          expect(value).toBeLessThanOrEqual(high!);
        });
      }
    });

    it('keeps NaN, masks and hidden indices in float16', async () => {
      const bits = [1, NaN, 2, -Infinity, 3, 3, Infinity, 0, 0].map((value) => float16Bits(value));
      const logits = tensor('float16', Uint16Array.from(bits), [3, 3]);
      const p = await runner.run(logits, { q: 2, r: 2, hidden: true });
      expect(p.data).toEqual(
        Uint16Array.of(0x7e00, 0x7e00, 0x7e00, 0, 0x3800, 0x3800, 0x7e00, 0x7e00, 0x7e00),
      );
      const outside = await runner.run(logits, { q: 2.5, hidden: true });
      expect(outside.data).toEqual(new Uint16Array(9).fill(0x7e00));
    });

    it.each([10_000, 32_001])('stays accurate on rows of %i', async (n) => {
      for (const [kind, rowOf] of Object.entries(rowKinds)) {
        const logits = tensor('float32', Float32Array.from(rowOf(n, createRandom(n))), [1, n]);
        for (const settings of [{ q: 1.5, r: 1.75 }, {}, { q: 2, r: 1.2 }]) {
          const error = largestError(await run(logits, settings), expected(logits, settings));
          expect(error, `${kind} ${JSON.stringify(settings)}`).toBeLessThan(5e-6);
        }
      }
    });

    it.each(['invocation', 'subgroup', 'workgroup'] as const)(
      'dispatches in two dimensions where one has too few workgroups: a row per %s',
      async (rows) => {
        if (rows === 'subgroup' && !subgroups) return;
        const some = new ShaderRunner(runner.executor, { rows }, { workgroups: 7 });
        const logits = dense([rows === 'invocation' ? 1001 : 101, 9]);
        const p = valuesOf(await some.run(logits, { q: 1.5 }));
        expect(largestError(p, expected(logits, { q: 1.5 }))).toBeLessThan(1e-6);
      },
    );

    it('computes more rows than one dimension of a dispatch has invocations', async () => {
      const count = 64 * 65_535 + 65;
      const logits = tensor('float32', new Float32Array(count).fill(3), [count, 1]);
      logits.data[count - 1] = NaN;
      const p = await run(logits);
      expect(p.subarray(0, -1).every((value) => value === 1)).toBe(true);
      expect(p.at(-1)).toBeNaN();
    });

    it('gives the same bits whenever it runs', async () => {
      for (const n of [20, 500, 3000]) {
        const logits = dense([5, n]);
        const first = await run(logits, { q: 1.3, r: 1.8 });
        for (let i = 0; i < 3; i++) expect(await run(logits, { q: 1.3, r: 1.8 })).toEqual(first);
      }
    });
  },
);

describe('the shader of SharMiX', () => {
  it('leaves float64 to the JS kernel', () => {
    const why = whyNoShader(shaderOp(), { logits: { dtype: 'float64' } });
    expect(why).toBe('does not cover float64 for logits (float32, float16)');
    expect(shader.types.T).toEqual(['float32', 'float16']);
  });
});
