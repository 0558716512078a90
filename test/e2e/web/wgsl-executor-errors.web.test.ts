// Every way the WebGPU executor can fail: what it says, and that it stays usable.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pipelineCount, WebGpuExecutor, whyNoShader } from '../../../src/runtime/webgpu/index.ts';
import { zeros } from '../../../src/schema/index.ts';
import { createDevice } from './device.ts';
import { floats, runOnce, scaleOp, scaleSource } from './wgsl-operators.ts';

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

describe('errors of WebGpuExecutor', () => {
  it('gives the compiler message with line and text, and the operator', async () => {
    const op = scaleOp(scaleSource.replace('sizes.factor * x', 'sizes.faktor * x'));
    const x = executor.upload(floats(1));
    await expect(executor.run(op, { x }, { factor: 1 })).rejects.toThrow(
      /^test\.sharmix@1::Scale: the WGSL of pass scale must compile on this device, got 8:\d+ .*faktor.* at `if \(id\.x/,
    );
    expect(pipelineCount(device, op)).toBe(0);
    executor.release(x);
  });

  it('names a binding that does not fit its shader', async () => {
    const op = scaleOp(scaleSource.replace('<storage, read> x', '<storage, read_write> x'));
    const x = executor.upload(floats(1));
    await expect(executor.run(op, { x }, { factor: 1 })).rejects.toThrow(
      /^test\.sharmix@1::Scale: the WGSL of pass scale must compile/,
    );
    executor.release(x);
  });

  it('refuses a dispatch above the limit before the device does', async () => {
    const op = scaleOp(scaleSource, () => 65536);
    const x = executor.upload(floats(1));
    await expect(executor.run(op, { x }, { factor: 1 })).rejects.toThrow(
      'test.sharmix@1::Scale: the dispatch of pass scale must be integers in [0, 65535], got [65536, 1, 1].',
    );
    executor.release(x);
  });

  it('surfaces what the device refuses at the first run, and releases the outputs', async () => {
    const other = await createDevice();
    const foreign = new WebGpuExecutor(other);
    const x = foreign.upload(floats(1));
    const { used } = executor.statistics;
    await expect(executor.run(scaleOp(), { x }, { factor: 1 })).rejects.toThrow(
      /^test\.sharmix@1::Scale: the work of its shader was refused by the device/,
    );
    expect(executor.statistics.used).toBe(used);
    other.destroy();
  });

  it('surfaces what the device refuses at a later run with the next download', async () => {
    const op = scaleOp();
    const good = executor.upload(floats(1));
    await runOnce(executor, op, { x: floats(1) }, { factor: 1 });
    await runOnce(executor, op, { x: floats(1) }, { factor: 1 });
    const other = await createDevice();
    const x = new WebGpuExecutor(other).upload(floats(1));
    const { y } = await executor.run(op, { x }, { factor: 1 });
    await expect(executor.download(good)).rejects.toThrow(/refused by the device/);
    expect((await executor.download(good)).data).toEqual(Float32Array.of(1));
    executor.release(y as typeof x);
    executor.release(good);
    other.destroy();
  });

  it('refuses types that the shader or a buffer cannot hold, for the JS kernel to take', async () => {
    expect(whyNoShader(scaleOp(), { x: { dtype: 'float32' } })).toBeUndefined();
    const why = 'does not cover float64 for x (float32)';
    expect(whyNoShader(scaleOp(), { x: { dtype: 'float64' } })).toBe(why);
    const buffer = executor.upload(floats(1)).buffer;
    await expect(
      executor.run(scaleOp(), { x: { dtype: 'float64', dims: [1], buffer } }, { factor: 1 }),
    ).rejects.toThrow(`test.sharmix@1::Scale: the shader ${why}. Hint: run the JS kernel on it.`);
    expect(() => executor.upload(zeros('float64', [1]))).toThrow(/got float64/);
    expect(() => executor.upload(zeros('string', [1]))).toThrow(/got string/);
  });

  it('says so when the device is lost', async () => {
    const doomed = await createDevice();
    const lost = new WebGpuExecutor(doomed);
    const x = lost.upload(floats(1));
    doomed.destroy();
    await expect(lost.download(x)).rejects.toThrow(/the GPU device was lost/);
    await expect(lost.run(scaleOp(), { x }, { factor: 1 })).rejects.toThrow(
      /^test\.sharmix@1::Scale: the GPU device was lost/,
    );
  });

  it('says so after dispose', async () => {
    const done = new WebGpuExecutor(device);
    const x = done.upload(floats(1));
    done.dispose();
    await expect(done.run(scaleOp(), { x }, { factor: 1 })).rejects.toThrow(/after dispose/);
    expect(() => done.upload(floats(1))).toThrow(/after dispose/);
  });
});
