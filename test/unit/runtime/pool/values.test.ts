// Tensors on their way to a worker and back: every element type and shape, through stock models and through kernels, and what the
// calls of run make of them.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import '../../../float16-bits.ts';
import { ModelBuilder } from '../../../../src/onnx/index.ts';
import { sessionInfo } from '../../../../src/runtime/index.ts';
import { dtypes, type DType } from '../../../../src/schema/index.ts';
import { floats, sandwich } from '../models.ts';
import { act, acts, others } from './operators.ts';
import { code, modelOf, ort, pooled, yOf } from './support.ts';

const [echo, [half]] = others;
const isolations = ['thread', 'process'] as const;

const dataOf = (dtype: DType): ort.Tensor['data'] => {
  switch (dtype) {
    case 'float32':
      return Float32Array.of(1.5, -0, Infinity, NaN, 1e-40, -3e38);
    case 'float64':
      return Float64Array.of(Math.PI, -0, -Infinity, NaN, 5e-324, 1e308);
    case 'float16':
      return Uint16Array.of(0, 0x3c00, 0x7c00, 0x7e00, 1, 0xfbff);
    case 'int8':
      return Int8Array.of(-128, 127, 0, 1, 2, 3);
    case 'uint8':
      return Uint8Array.of(255, 0, 1, 2, 3, 4);
    case 'int16':
      return Int16Array.of(-32768, 32767, 0, 1, 2, 3);
    case 'uint16':
      return Uint16Array.of(65535, 0, 1, 2, 3, 4);
    case 'int32':
      return Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0, 1, 2, 3);
    case 'uint32':
      return Uint32Array.of(2 ** 32 - 1, 0, 1, 2, 3, 4);
    case 'int64':
      return BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n, 1n, 2n, 3n);
    case 'uint64':
      return BigUint64Array.of(2n ** 64n - 1n, 0n, 1n, 2n, 3n, 4n);
    case 'bool':
      return Uint8Array.of(1, 0, 1, 1, 0, 0);
    case 'string':
      return ['', 'äöü', '\u{1F600}', 'a b', ' ', 'x'.repeat(1000)];
  }
};

const tensorOf = (dtype: DType, data: ort.Tensor['data'], dims: readonly number[]): ort.Tensor =>
  new ort.Tensor(dtype as 'float32', data as Float32Array, dims);

const bitsOf = (data: ort.Tensor['data']): unknown =>
  Array.isArray(data)
    ? data
    : Buffer.from((data as Uint8Array).buffer, data.byteOffset, data.byteLength).toString('hex');

/** A model that onnxruntime runs whole. */
const stock = (dtype: DType): Uint8Array => {
  const model = new ModelBuilder();
  const y = model.op('Identity', [model.input('x', dtype, undefined)]);
  model.output(y, 'y', dtype, undefined);
  return model.build();
};

describe.each(isolations)('a pool, %s,', (isolation) => {
  const options = pooled({ size: 1, isolation });

  it.each(dtypes)('carries %s bit for bit, of any shape', async (dtype) => {
    const data = dataOf(dtype);
    const empty = Array.isArray(data) ? [] : data.slice(0, 0);
    const first = data.slice(0, 1) as ort.Tensor['data'];
    const tensors = [
      tensorOf(dtype, data, [6]),
      tensorOf(dtype, data, [1, 2, 1, 3, 1, 1, 1, 1]),
      tensorOf(dtype, empty, [0]),
      tensorOf(dtype, empty, [2, 0, 3]),
      tensorOf(dtype, first, []),
      tensorOf(dtype, first, [1]),
    ];
    for (const model of [stock(dtype), modelOf(echo, dtype)]) {
      const session = await ort.InferenceSession.create(model, options);
      for (const x of tensors) {
        const { y } = await session.run({ x });
        expect(y!.type).toBe(dtype);
        expect(y!.dims).toEqual(x.dims);
        expect(y!.data.constructor).toBe(x.data.constructor);
        expect(bitsOf(y!.data)).toEqual(bitsOf(x.data));
      }
      await session.release();
    }
  });

  it('copies only the part of a larger array that a tensor shows', async () => {
    const session = await ort.InferenceSession.create(modelOf(echo, 'float32'), options);
    const large = Float32Array.from({ length: 1000 }, (_, i) => i);
    const x = new ort.Tensor('float32', large.subarray(10, 13), [3]);
    const { y } = await session.run({ x });
    expect([...(y!.data as Float32Array)]).toEqual([10, 11, 12]);
    expect((y!.data as Float32Array).buffer.byteLength).toBe(12);
    await session.release();
  });

  it('takes tensors over shared memory, which onnxruntime-node refuses', async () => {
    const session = await ort.InferenceSession.create(stock('float32'), options);
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([3, 4]);
    const { y } = await session.run({ x: new ort.Tensor('float32', shared, [2]) });
    expect([...(y!.data as Float32Array)]).toEqual([3, 4]);
    await session.release();
  });

  it("gives a result that is a view of the kernel's input as data of its own", async () => {
    const session = await ort.InferenceSession.create(modelOf(half, 'float32'), options);
    for (let i = 0; i < 3; i++) {
      const x = new ort.Tensor('float32', Float32Array.of(i, 1, 2, 3), [4]);
      const { y } = await session.run({ x });
      expect([...(y!.data as Float32Array)]).toEqual([i, 1]);
    }
    await session.release();
  });

  it('keeps constants that a kernel gives out as a view', async () => {
    const model = new ModelBuilder();
    const c = model.initializer('c', floats([1, 2, 3, 4]));
    const { y } = model.customOp(
      half,
      { x: c },
      {},
      { functionBody: false, types: { T: 'float32' } },
    );
    model.output(model.op('Identity', [y]), 'y', 'float32', undefined);
    model.output(y!, 'v', 'float32', undefined);
    model.output(model.op('Neg', [model.input('x', 'float32', [1])]), 'z', 'float32', [1]);
    const session = await ort.InferenceSession.create(model.build(), options);
    for (let i = 0; i < 3; i++) {
      const { v } = await session.run({ x: new ort.Tensor('float32', [1], [1]) });
      expect([...(v!.data as Float32Array)]).toEqual([1, 2]);
      (v!.data as Float32Array)[0] = 9;
    }
    await session.release();
  });

  it('tells names, metadata and what the session is made of as an ordinary session does', async () => {
    const ordinary = await ort.InferenceSession.create(sandwich(), {
      executionProviders: ['custom-ops'],
    });
    const session = await ort.InferenceSession.create(sandwich(), options);
    expect(session.inputNames).toEqual(ordinary.inputNames);
    expect(session.outputNames).toEqual(ordinary.outputNames);
    expect(session.inputMetadata).toEqual(ordinary.inputMetadata);
    expect(session.outputMetadata).toEqual(ordinary.outputMetadata);
    expect(sessionInfo(session)).toEqual(sessionInfo(ordinary));
    await Promise.all([session.release(), ordinary.release()]);
  });

  it('writes a profile of each worker', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pool-'));
    const session = await ort.InferenceSession.create(sandwich(), {
      ...pooled({ size: 2, isolation }),
      enableProfiling: true,
      profileFilePrefix: join(folder, 'run'),
    });
    const x = new ort.Tensor('float32', [1, 1], [1, 2]);
    await Promise.all(Array.from({ length: 20 }, () => session.run({ x })));
    session.endProfiling();
    await session.release();
    const files = (await readdir(folder)).toSorted();
    expect(files.map((name) => name.slice(0, 12))).toEqual(['run.worker-0', 'run.worker-1']);
    for (const name of files) {
      const events = JSON.parse(await readFile(join(folder, name), 'utf8')) as { name: string }[];
      expect(events.some((event) => event.name.includes('middle'))).toBe(true);
    }
    await rm(folder, { recursive: true });
  });

  it('leaves the event loop free: timers fire while a run is under way', async () => {
    const session = await ort.InferenceSession.create(modelOf(act), options);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 2);
    await session.run({ x: code(acts.compute) });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
    expect(yOf(await session.run({ x: code(100) }))).toBe(200);
    await session.release();
  });
});
