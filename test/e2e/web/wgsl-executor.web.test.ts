// The WebGPU executor with small operators of its own: results, reuse of pipelines and buffers.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pipelineCount, WebGpuExecutor } from '../../../src/runtime/webgpu/index.ts';
import { tensor, zeros, type Tensor } from '../../../src/schema/index.ts';
import { createDevice } from './device.ts';
import { floats, joinOp, runOnce, scaleOp } from './wgsl-operators.ts';

let device: GPUDevice;
let executor: WebGpuExecutor;

beforeAll(async () => {
  device = await createDevice();
  executor = new WebGpuExecutor(device);
});
afterAll(() => {
  executor.dispose();
  device.destroy();
});

/** STORAGE | INDIRECT | COPY_SRC | COPY_DST */
const onnxruntimeUsage = 0x80 + 0x100 + 4 + 8;

describe('WebGpuExecutor', () => {
  it('runs a pass with uniforms', async () => {
    const result = await runOnce(executor, scaleOp(), { x: floats(1, -2, 3.5) }, { factor: 2 });
    expect(result).toEqual(floats(2, -4, 7));
  });

  it('runs passes over scratch memory, variadic and optional inputs, bool and int64', async () => {
    const parts = [
      tensor('int64', BigInt64Array.of(1n, -2n, 1n << 40n), [3]),
      tensor('int64', new BigInt64Array(), [0]),
      tensor('int64', BigInt64Array.of(7n), [1]),
    ];
    expect((await runOnce(executor, joinOp, { parts })).data).toEqual(
      BigInt64Array.of(1n, -2n, 1n << 40n, 7n),
    );
    const last = tensor('bool', Uint8Array.of(1), []);
    expect((await runOnce(executor, joinOp, { parts, last })).data).toEqual(
      BigInt64Array.of(7n, 1n << 40n, -2n, 1n),
    );
  });

  it('gives an empty output for an empty input', async () => {
    const result = await runOnce(
      executor,
      scaleOp(),
      { x: zeros('float32', [0, 3]) },
      { factor: 2 },
    );
    expect(result).toEqual(zeros('float32', [0, 3]));
  });

  it('brings every storable type up and down unchanged, whatever its length', async () => {
    const bytes = Uint8Array.from({ length: 24 }, (_, i) => 37 * i);
    const cases: Tensor[] = [
      tensor('float32', new Float32Array(bytes.buffer, 0, 3), [3, 1]),
      tensor('float16', new Uint16Array(bytes.buffer, 2, 3), [3]),
      tensor('int32', new Int32Array(bytes.buffer, 0, 1), []),
      tensor('uint32', new Uint32Array(bytes.buffer, 4, 5), [5]),
      tensor('int64', new BigInt64Array(bytes.buffer, 8, 2), [2]),
      tensor('uint8', new Uint8Array(bytes.buffer, 1, 7), [7]),
      tensor('bool', Uint8Array.of(1, 0, 1, 1, 0), [5]),
    ];
    for (const value of cases) {
      const gpu = executor.upload(value);
      expect(gpu.buffer.size % 16).toBe(0);
      expect(await executor.download(gpu)).toEqual(value);
      executor.release(gpu);
    }
  });

  it('keeps the values of small uploads for plans, as a copy', () => {
    const data = Float32Array.of(1.5);
    const gpu = executor.upload(tensor('float32', data, []));
    data[0] = 9;
    expect(gpu.data).toEqual(Float32Array.of(1.5));
    const large = executor.upload(zeros('float32', [1000]));
    expect(large.data).toBeUndefined();
    executor.release(gpu);
    executor.release(large);
  });

  it('compiles a key once on a device, also for runs at the same time and for another executor', async () => {
    const op = scaleOp();
    await Promise.all([
      runOnce(executor, op, { x: floats(1, 2) }, { factor: 2 }),
      runOnce(executor, op, { x: floats(1, 2, 3) }, { factor: 3 }),
    ]);
    expect(pipelineCount(device, op)).toBe(1);
    const other = new WebGpuExecutor(device);
    const x = other.upload(floats(5));
    const { y } = await other.run(op, { x }, { factor: 3 });
    expect(pipelineCount(device, op)).toBe(1);
    expect((await other.download(y as typeof x)).data).toEqual(Float32Array.of(15));
    other.dispose();
  });

  it('reuses released buffers: a steady loop creates none', async () => {
    const op = scaleOp();
    const loop = async (): Promise<void> => {
      await runOnce(executor, op, { x: floats(1, 2, 3) }, { factor: 2 });
    };
    await loop();
    const { created, used } = executor.statistics;
    for (let i = 0; i < 5; i++) await loop();
    expect(executor.statistics.created).toBe(created);
    expect(executor.statistics.used).toBe(used);
  });

  it('does not let a reused buffer leak old values into a shorter result', async () => {
    await runOnce(executor, scaleOp(), { x: floats(1, 1, 1, 1, 1) }, { factor: 9 });
    const { data } = await runOnce(executor, scaleOp(), { x: floats(1) }, { factor: 2 });
    expect(data).toEqual(Float32Array.of(2));
  });

  it("binds foreign buffers with onnxruntime's usage as they are and refuses to release them", async () => {
    const buffer = device.createBuffer({ size: 16, usage: onnxruntimeUsage });
    device.queue.writeBuffer(buffer, 0, Float32Array.of(1, 2));
    const x = { dtype: 'float32', dims: [2], buffer } as const;
    const { y } = await executor.run(scaleOp(), { x }, { factor: 4 });
    const output = y as unknown as typeof x;
    expect((await executor.download(output)).data).toEqual(Float32Array.of(4, 8));
    expect((await executor.download(x)).data).toEqual(Float32Array.of(1, 2));
    expect(executor.owns(x)).toBe(false);
    expect(() => executor.release(x)).toThrow(/must have been created here/);
    executor.release(output);
    expect(() => executor.release(output)).toThrow(/not released before/);
  });
});
