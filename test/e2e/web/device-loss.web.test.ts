// The loss of the WebGPU device: before, between and in the middle of runs, of one session and of many, and what comes after.

import * as ort from 'onnxruntime-web/webgpu';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sharmix } from '../../../ops/sharmix/index.ts';
import { install, sessionInfo } from '../../../src/runtime/index.ts';
import { chainReference, expectClose } from './chain-reference.ts';
import { alone, chain, negate, withoutCustomNodes, withoutShader } from './runtime-models.ts';

install(ort, { ops: [sharmix, negate] });

const webgpu = { executionProviders: [{ name: 'custom-ops', inner: ['webgpu'] }] } as const;
const both = { executionProviders: [{ name: 'custom-ops', inner: ['webgpu', 'wasm'] }] } as const;

const inputs = (seed: number, count: number): ort.Tensor => {
  const data = Float32Array.from({ length: count * 3 }, (_, i) => 3 * Math.sin(seed + 1.7 * i));
  return new ort.Tensor('float32', data, [count, 3]);
};

const expectRight = (y: ort.Tensor | undefined, x: ort.Tensor): void =>
  expectClose(y, chainReference(x.data as Float32Array).y, 5e-5);

const lose = async (): Promise<void> => {
  const device = await ort.env.webgpu.device;
  device.destroy();
  await device.lost;
};

/** Makes every device get lost at its first shader of ours. */
const loseAtShaders = (): { mockRestore(): void } => {
  const original = Reflect.get(GPUDevice.prototype, 'createCommandEncoder');
  return vi.spyOn(GPUDevice.prototype, 'createCommandEncoder').mockImplementation(function (
    this: GPUDevice,
    descriptor,
  ) {
    if (descriptor?.label?.includes('SharMiX') === true) this.destroy();
    return original.call(this, descriptor);
  });
};

let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(console, 'warn').mockImplementation((text) => void warnings.push(String(text)));
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a device lost between runs', () => {
  it('is replaced: every session goes on, each built again once, and says so', async () => {
    const first = await ort.InferenceSession.create(chain(), webgpu);
    const second = await ort.InferenceSession.create(alone(), webgpu);
    const x = inputs(5, 3);
    await first.run({ x });
    await lose();
    expectRight((await first.run({ x }))['y'], x);
    expectRight((await first.run({ x }))['y'], x);
    const q = new ort.Tensor('float32', [2], []);
    const { p } = await second.run({ logits: new ort.Tensor('float32', [1, 0, -1], [1, 3]), q });
    expectClose(p, [1, 0, 0], 1e-6);
    for (const session of [first, second]) {
      expect(sessionInfo(session)).toMatchObject({
        providers: ['webgpu'],
        rebuilds: 1,
        readbacks: 0,
      });
    }
    expect(warnings.length).toBe(2);
    expect(warnings[0]).toMatch(
      /^custom-ops: the WebGPU device was lost \(Device was destroyed\.\); the session of model was built again on webgpu$/,
    );
    await Promise.all([first.release(), second.release()]);
  });

  it('is replaced as often as it is lost', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    for (let i = 1; i <= 3; i++) {
      await lose();
      const x = inputs(i, 2);
      expectRight((await session.run({ x }))['y'], x);
      expect(sessionInfo(session).rebuilds).toBe(i);
    }
    await session.release();
  });

  it('keeps the count of readbacks over the rebuild', async () => {
    const session = await ort.InferenceSession.create(withoutShader(), webgpu);
    await session.run({ x: inputs(1, 2) });
    await lose();
    await session.run({ x: inputs(1, 2) });
    expect(sessionInfo(session).readbacks).toBe(2);
    await session.release();
  });

  it('does not stop a session that was never run from being released, nor a new one', async () => {
    const idle = await ort.InferenceSession.create(chain(), webgpu);
    await lose();
    await idle.release();
    const next = await ort.InferenceSession.create(chain(), webgpu);
    const x = inputs(2, 2);
    expectRight((await next.run({ x }))['y'], x);
    expect(sessionInfo(next).rebuilds).toBe(0);
    await next.release();
  });

  it('frees the session of a model without custom nodes too, which goes on', async () => {
    const stock = await ort.InferenceSession.create(withoutCustomNodes(), webgpu);
    await lose();
    const { y } = await stock.run({ x: new ort.Tensor('float32', [1, 2], [2]) });
    expectClose(y, [2, 4], 1e-6);
    expect(sessionInfo(stock).rebuilds).toBe(1);
    await stock.release();
  });
});

describe('a device lost in the middle of runs', () => {
  it('costs none of 30 runs of three sessions its answer', async () => {
    const sessions = await Promise.all(
      [1, 2, 3].map(() => ort.InferenceSession.create(chain(), webgpu)),
    );
    const all = Array.from({ length: 30 }, (_, i) => inputs(i, 1 + (i % 5) * 100));
    for (const session of sessions) await session.run({ x: all[0]! });
    const device = await ort.env.webgpu.device;
    const runs = all.map((x, i) => sessions[i % 3]!.run({ x }));
    await runs[4];
    device.destroy();
    const results = await Promise.all(runs);
    for (const [i, { y }] of results.entries()) expectRight(y, all[i]!);
    for (const session of sessions) {
      expect(sessionInfo(session)).toMatchObject({ providers: ['webgpu'], rebuilds: 1 });
      await session.release();
    }
  });

  it('goes on where outputs stay on the GPU, whose runs do not fail by themselves', async () => {
    const session = await ort.InferenceSession.create(chain(), {
      ...webgpu,
      preferredOutputLocation: 'gpu-buffer',
    });
    const x = inputs(6, 400);
    await session.run({ x });
    const device = await ort.env.webgpu.device;
    const runs = [session.run({ x }), session.run({ x }), session.run({ x })];
    device.destroy();
    await Promise.all(runs);
    const { y } = await session.run({ x });
    await y!.getData(true);
    expectRight(y, x);
    await session.release();
  });

  it('falls to the next provider where the new device is lost as well', async () => {
    const session = await ort.InferenceSession.create(chain(), both);
    const x = inputs(3, 4);
    await session.run({ x });
    const lost = loseAtShaders();
    const { y } = await session.run({ x });
    lost.mockRestore();
    expectRight(y, x);
    expect(sessionInfo(session)).toMatchObject({ providers: ['wasm'], rebuilds: 2 });
    expect(sessionInfo(session).kernels.map(({ form }) => form)).toEqual(['js', 'js']);
    expect(warnings.at(-1)).toMatch(/was built again on wasm$/);
    expectRight((await session.run({ x }))['y'], x);
    await session.release();
  });

  it('is an error where no other provider is listed', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    const x = inputs(3, 4);
    await session.run({ x });
    const lost = loseAtShaders();
    await expect(session.run({ x })).rejects.toThrow(
      /could not be built again .*Hint: .*another provider behind webgpu/,
    );
    lost.mockRestore();
    expectRight((await session.run({ x }))['y'], x);
    await session.release();
  });
});

describe('tensors of a lost device', () => {
  it('are refused as feeds with what to do, and can be disposed of', async () => {
    const first = await ort.InferenceSession.create(chain(), {
      ...webgpu,
      preferredOutputLocation: 'gpu-buffer',
    });
    const second = await ort.InferenceSession.create(chain(), webgpu);
    const x = inputs(7, 4);
    const { y, p } = await first.run({ x });
    await lose();
    for (let i = 0; i < 2; i++) {
      await expect(second.run({ x: y! })).rejects.toThrow(
        /the tensor of input "x" must be on the CPU, or in a buffer of the WebGPU device .* Hint: .*make the tensor again/,
      );
    }
    await expect(p!.getData()).rejects.toThrow(/lost/);
    const again = await first.run({ x });
    expectRight((await second.run({ x: again['p']! }))['y'], await onCpu(again['p']!));
    for (const tensor of [y!, p!]) tensor.dispose();
    await Promise.all([first.release(), second.release()]);
  });

  it('are refused when the run that had them failed of the loss', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    const device: GPUDevice = await ort.env.webgpu.device;
    const buffer = device.createBuffer({ size: 12 * 400, usage: 0x80 | 8 | 4 });
    const x = ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [400, 3] });
    await session.run({ x });
    const run = session.run({ x });
    device.destroy();
    await expect(run).rejects.toThrow(/input "x"/);
    expect((await session.run({ x: inputs(1, 1) }))['y']!.dims).toEqual([1, 3]);
    await session.release();
  });

  it('do not matter to a tensor made on the new device by the caller', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    await lose();
    const x = inputs(9, 2);
    await session.run({ x });
    const device: GPUDevice = await ort.env.webgpu.device;
    const buffer = device.createBuffer({ size: 32, usage: 0x80 | 8 | 4 });
    device.queue.writeBuffer(buffer, 0, x.data as Float32Array<ArrayBuffer>);
    const onGpu = ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [2, 3] });
    expectRight((await session.run({ x: onGpu }))['y'], x);
    await session.release();
  });
});

describe('a model that is built again', () => {
  it('is fetched again where it came from a URL, and must be the same', async () => {
    let bytes = chain();
    const fetched = vi
      .spyOn(globalThis, 'fetch')
      .mockImplementation((input) =>
        input === '/model.onnx'
          ? Promise.resolve(new Response(bytes.slice()))
          : Promise.reject(new Error('not in this test')),
      );
    const session = await ort.InferenceSession.create('/model.onnx', webgpu);
    await lose();
    const x = inputs(4, 2);
    expectRight((await session.run({ x }))['y'], x);
    expect(fetched).toHaveBeenCalledTimes(2);
    await lose();
    bytes = alone();
    await expect(session.run({ x })).rejects.toThrow(
      /must be the one the session was created from/,
    );
    bytes = chain();
    expectRight((await session.run({ x }))['y'], x);
    await session.release();
  });

  it('is read from the bytes it was created from, which must be there still', async () => {
    const bytes = chain();
    const session = await ort.InferenceSession.create(bytes, webgpu);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    await lose();
    await expect(session.run({ x: inputs(4, 2) })).rejects.toThrow(/could not be built again/);
    await session.release();
  });

  it('keeps the operators it was created with', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    const kernels = sessionInfo(session).kernels;
    await lose();
    await session.run({ x: inputs(4, 2) });
    expect(sessionInfo(session).kernels).toEqual(kernels);
    await session.release();
  });
});

describe('a device the caller made', () => {
  it('is his to make again: its session falls to the next provider', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter!.requestDevice();
    const session = await ort.InferenceSession.create(chain(), {
      executionProviders: [{ name: 'custom-ops', inner: [{ name: 'webgpu', device }, 'wasm'] }],
    });
    const x = inputs(9, 4);
    expectRight((await session.run({ x }))['y'], x);
    device.destroy();
    await device.lost;
    expectRight((await session.run({ x }))['y'], x);
    expect(sessionInfo(session)).toMatchObject({ providers: ['wasm'], rebuilds: 1 });
    await session.release();
  });
});

const onCpu = async (tensor: ort.Tensor): Promise<ort.Tensor> =>
  new ort.Tensor('float32', (await tensor.getData()) as Float32Array, tensor.dims);
