// onnxruntime's API in Chromium: sessions with custom operators beside onnxruntime's own, which run the same model by its functions.

import * as ort from 'onnxruntime-web/webgpu';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sharmix } from '../../../ops/sharmix/index.ts';
import { install } from '../../../src/runtime/index.ts';
import { chain, negate, withoutShader } from './runtime-models.ts';

install(ort, { ops: [sharmix, negate] });

afterEach(() => {
  vi.restoreAllMocks();
});

type Options = ort.InferenceSession.SessionOptions;

/** The calls as JavaScript makes them, types aside. */
type Loose = (...args: unknown[]) => Promise<ort.InferenceSession>;
type LooseRun = (...args: unknown[]) => Promise<ort.InferenceSession.ReturnType>;

const model = chain();
const x = new ort.Tensor('float32', [1, 2, 3], [1, 3]);

const subjects: readonly (readonly [string, string, Options])[] = [
  ['onnxruntime on wasm', 'wasm', { executionProviders: ['wasm'] }],
  [
    'custom operators on wasm',
    'wasm',
    { executionProviders: [{ name: 'custom-ops', inner: ['wasm'] }] },
  ],
  ['onnxruntime on webgpu', 'webgpu', { executionProviders: ['webgpu'] }],
  [
    'custom operators on webgpu',
    'webgpu',
    { executionProviders: [{ name: 'custom-ops', inner: ['webgpu'] }] },
  ],
];

const sumOf = async (tensor: ort.Tensor | undefined): Promise<number> => {
  const data = (await tensor!.getData()) as Float32Array;
  return data.reduce((sum, v) => sum + v, 0);
};

describe.each(subjects)('%s', (_, __, options) => {
  const create: Loose = (...args) => (ort.InferenceSession.create as Loose)(...args);

  it('creates sessions of a URL, bytes and parts of a buffer', async () => {
    const url = URL.createObjectURL(new Blob([model.slice().buffer]));
    const inside = new Uint8Array(model.length + 8);
    inside.set(model, 8);
    for (const args of [
      [url],
      [model],
      [model.slice().buffer],
      [inside.buffer, 8, model.length],
      [inside.subarray(8)],
    ]) {
      const session = await create(...args, options);
      expect(await sumOf((await session.run({ x }))['p'])).toBeCloseTo(1, 4);
      await session.release();
    }
    URL.revokeObjectURL(url);
    await expect(create('/no/such/model.onnx', options)).rejects.toThrow(Error);
  });

  it('refuses the arguments onnxruntime refuses', async () => {
    await expect(create(new URL('/model.onnx', location.href), options)).rejects.toThrow(TypeError);
    await expect(create(model, 'wasm')).rejects.toThrow(TypeError);
    await expect(create(model.slice().buffer, -1, 3, options)).rejects.toThrow(RangeError);
    const session = await create(model, options);
    const run: LooseRun = (...args) => (session.run as unknown as LooseRun).apply(session, args);
    await expect(run(null)).rejects.toThrow(TypeError);
    await expect(run({})).rejects.toThrow(/input 'x' is missing in 'feeds'/);
    await expect(run({ x, z: x })).rejects.toThrow(/z/);
    await expect(run({ x }, ['nothing'])).rejects.toThrow(RangeError);
    await expect(run({ x }, null)).rejects.toThrow(TypeError);
    await expect(run({ x }, ['p'], 1)).rejects.toThrow(TypeError);
    expect(Object.keys(await run({ x }, ['p']))).toEqual(['p']);
    expect(Object.keys(await run({ x }, { p: null, y: null })).sort()).toEqual(['p', 'y']);
    await session.release();
  });

  it('is disposed of at the end of its block', async () => {
    let outer: ort.InferenceSession;
    {
      await using session = await ort.InferenceSession.create(model, options);
      outer = session;
      expect(await session.run({ x })).toHaveProperty('p');
    }
    await expect(outer.run({ x })).rejects.toThrow(Error);
  });
});

describe.each([
  ['wasm', subjects[0]![2], subjects[1]![2]],
  ['webgpu', subjects[2]![2], subjects[3]![2]],
] as const)('on %s', (provider, stock, custom) => {
  const seen = async (options: Options): Promise<unknown> => {
    const session = await ort.InferenceSession.create(model, options);
    const { inputNames, outputNames, inputMetadata, outputMetadata } = session;
    const results = await session.run({ x });
    const locations = outputNames.map((name) => results[name]!.location);
    for (const name of outputNames) results[name]!.dispose();
    await session.release();
    return { inputNames, outputNames, inputMetadata, outputMetadata, locations };
  };

  it.each<[string, Options]>([
    ['no options', {}],
    ['lengths of free dimensions', { freeDimensionOverrides: { N: 1 } }],
    ['outputs on the CPU', { preferredOutputLocation: 'cpu' }],
  ])('shows the names and metadata of onnxruntime with %s', async (_, options) => {
    expect(await seen({ ...custom, ...options })).toEqual(await seen({ ...stock, ...options }));
  });

  it.each([
    ['an output', { p: 'gpu-buffer' }],
    ['each output', { p: 'cpu', y: 'gpu-buffer', logits: 'cpu' }],
    ['all outputs', 'gpu-buffer'],
  ] as const)('leaves %s where onnxruntime would', async (_, preferredOutputLocation) => {
    const outcome = (options: Options): Promise<unknown> =>
      seen({ ...options, preferredOutputLocation }).catch(() => 'refused');
    const expected = await outcome(stock);
    expect(await outcome(custom)).toEqual(expected);
    expect(expected === 'refused').toBe(provider === 'wasm');
  });

  it('refuses a location there is not', async () => {
    for (const options of [stock, custom]) {
      for (const wish of ['texture', 'nonsense', { p: 'nonsense' }]) {
        const preferredOutputLocation = wish as 'texture';
        await expect(
          ort.InferenceSession.create(model, { ...options, preferredOutputLocation }),
        ).rejects.toThrow(/location/i);
      }
    }
  });

  it('refuses graph capture, saying why', async () => {
    await expect(
      ort.InferenceSession.create(model, { ...custom, enableGraphCapture: true }),
    ).rejects.toThrow(/enableGraphCapture cannot be used with custom operators/);
  });

  it('rejects a run that is cancelled before it begins, or while it waits, and runs on', async () => {
    const session = await ort.InferenceSession.create(model, custom);
    const reason = new Error('changed my mind');
    await expect(session.run({ x }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const runs = Array.from({ length: 6 }, (_, i) =>
      session.run({ x }, i % 2 === 1 ? { signal: controller.signal } : {}),
    );
    controller.abort(reason);
    const ended = await Promise.allSettled(runs);
    expect(ended.map(({ status }) => status)).toEqual(
      Array.from({ length: 6 }, (_, i) => (i % 2 === 1 ? 'rejected' : 'fulfilled')),
    );
    expect(await sumOf((await session.run({ x }))['p'])).toBeCloseTo(1, 4);
    await session.release();
  });

  it('stops a run that is cancelled between kernels, many times, and runs on', async () => {
    const session = await ort.InferenceSession.create(withoutShader(), custom);
    const { y } = await session.run({ x });
    const expected = [...(y!.data as Float32Array)];
    for (let i = 0; i < 20; i++) {
      const controller = new AbortController();
      const kernel = vi.spyOn(negate, 'kernel').mockImplementationOnce(({ x: input }) => {
        controller.abort(i);
        return { y: input! };
      });
      const run = session.run({ x }, { signal: controller.signal });
      await expect(run).rejects.toBe(i);
      expect(kernel).toHaveBeenCalledTimes(1);
      kernel.mockRestore();
    }
    expect([...((await session.run({ x }))['y']!.data as Float32Array)]).toEqual(expected);
    await session.release();
  });
});
