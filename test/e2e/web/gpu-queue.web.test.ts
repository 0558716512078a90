// Stock WebGPU sessions beside sessions with custom operators, and kernels that run sessions themselves: one queue for all.

import * as ort from 'onnxruntime-web/webgpu';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sharmix } from '../../../ops/sharmix/index.ts';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { install, leaveStockSessions, sessionInfo } from '../../../src/runtime/index.ts';
import { defineOp, missing, tensor } from '../../../src/schema/index.ts';
import { chainReference, expectClose } from './chain-reference.ts';
import { chain, withoutCustomNodes } from './runtime-models.ts';

const create = Reflect.get(ort.InferenceSession, 'create') as unknown;

let doubler: ort.InferenceSession | undefined;
/** y = 2 x, by a session of onnxruntime on WebGPU. */
const doubled = defineOp({
  type: 'Doubled',
  domain: 'test.web',
  version: 1,
  inputs: { x: 'float32' },
  outputs: { y: 'float32' },
  attributes: {},
  types: {},
  infer: ({ x }) => ({ y: x }),
  kernel: async ({ x }) => {
    const { y } = await doubler!.run({
      x: new ort.Tensor('float32', x.data as Float32Array, x.dims),
    });
    return { y: tensor('float32', y!.data as Float32Array, x.dims) };
  },
  shader: missing('runs a session'),
  body: missing('not exported'),
  grad: missing('not trained'),
});

install(ort, { ops: [sharmix, doubled] });

const webgpu = { executionProviders: [{ name: 'custom-ops', inner: ['webgpu'] }] } as const;
const stock = { executionProviders: ['webgpu'] } as const;

const vector = (...values: readonly number[]): ort.Tensor =>
  new ort.Tensor('float32', Float32Array.from(values), [values.length]);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a stock WebGPU session', () => {
  it('runs among sessions with custom operators, as many as there are at a time', async () => {
    const [first, second, custom] = await Promise.all([
      ort.InferenceSession.create(withoutCustomNodes(), stock),
      ort.InferenceSession.create(withoutCustomNodes(), {
        executionProviders: [{ name: 'webgpu' }],
      }),
      ort.InferenceSession.create(chain(), webgpu),
    ]);
    expect(() => sessionInfo(first)).toThrow(/must have been created with/);
    const x = new ort.Tensor('float32', [1, 2, 3], [1, 3]);
    const runs = Array.from({ length: 60 }, async (_, i) => {
      if (i % 3 === 2) {
        const { y } = await custom.run({ x });
        expectClose(y, chainReference([1, 2, 3]).y, 5e-5);
        return;
      }
      const { y } = await [first, second][i % 3]!.run({ x: vector(i, -i) });
      expectClose(y, [2 * i, -2 * i], 1e-6);
    });
    await Promise.all(runs);
    await Promise.all([first.release(), second.release(), custom.release()]);
  });

  it('takes fetches and options, tells its errors, and is released once', async () => {
    const session = await ort.InferenceSession.create(withoutCustomNodes(), stock);
    const y = vector(0, 0);
    const results = await session.run({ x: vector(1, 2) }, ['y'], { tag: 'one' });
    expectClose(results['y'], [2, 4], 1e-6);
    await expect(session.run({ x: vector(1, 2) }, { z: y })).resolves.toHaveProperty('y');
    await expect(session.run({})).rejects.toThrow(/missing/);
    // Since then onnxruntime holds its device for good: the next test loses that one.
    await expect(ort.InferenceSession.create(new Uint8Array(7), stock)).rejects.toThrow(/protobuf/);
    await session.release();
  });

  it('rejects on a lost device instead of hanging, and is in nobody else’s way', async () => {
    const session = await ort.InferenceSession.create(withoutCustomNodes(), stock);
    const custom = await ort.InferenceSession.create(chain(), webgpu);
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const device: GPUDevice = await ort.env.webgpu.device;
    device.destroy();
    await device.lost;
    for (let i = 0; i < 3; i++) {
      await expect(session.run({ x: vector(1) })).rejects.toThrow(
        /device was lost.*create the session again/,
      );
    }
    const x = new ort.Tensor('float32', [1, 2, 3], [1, 3]);
    expectClose((await custom.run({ x }))['y'], chainReference([1, 2, 3]).y, 5e-5);
    const next = await ort.InferenceSession.create(withoutCustomNodes(), stock);
    expectClose((await next.run({ x: vector(3) }))['y'], [6], 1e-6);
    await Promise.all([session.release(), custom.release(), next.release()]);
  });

  it('may be run by a kernel, while others wait and run', async () => {
    doubler = await ort.InferenceSession.create(withoutCustomNodes(), stock);
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', ['N']);
    const half = model.initializer('half', tensor('float32', new Float32Array([0.5]), [1]));
    const { y } = model.customOp(
      doubled,
      { x: model.op('Mul', [x, half]) },
      {},
      { functionBody: false },
    );
    model.output(model.op('Add', [y, half], {}, { outputs: ['y'] }), 'y', 'float32', ['N']);
    const session = await ort.InferenceSession.create(model.build(), webgpu);
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const results = await session.run({ x: vector(i) });
        expectClose(results['y'], [i + 0.5], 1e-6);
      }),
    );
    await Promise.all([session.release(), doubler.release()]);
  });

  it('is left to itself where it is not on WebGPU', async () => {
    const session = await ort.InferenceSession.create(withoutCustomNodes(), {
      executionProviders: ['wasm'],
    });
    expect(Object.hasOwn(session, 'run')).toBe(false);
    await session.release();
  });

  it('is left to itself, as onnxruntime made it, once that is wished', () => {
    expect(Reflect.get(ort.InferenceSession, 'create')).not.toBe(create);
    leaveStockSessions(ort);
    expect(Reflect.get(ort.InferenceSession, 'create')).toBe(create);
    leaveStockSessions(ort);
  });
});
