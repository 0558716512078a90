// Session options: onnxruntime's verdict on each value is ours, and each segment gets them.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-common';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { ModelBuilder } from '../../../../src/onnx/index.ts';
import { sessionInfo, type OrtModule } from '../../../../src/runtime/index.ts';
import { segmentFile } from '../../../../src/runtime/session-options.ts';
import { copies, custom } from '../copies.ts';
import { sandwich } from '../models.ts';
import { affine } from '../operators.ts';

type Options = InferenceSession.SessionOptions;

const folder = mkdtempSync(join(tmpdir(), 'options-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

/** Only the custom node: no session of onnxruntime runs any of it. */
const alone = (): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['N', 2]);
  const { y } = model.customOp(affine, { x }, { scale: 2 }, { outputs: { y: 'y' } });
  model.output(y!, 'y', 'float32', ['N', 2]);
  return model.build();
};

/** Values of every option, right and wrong. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  intraOpNumThreads: ['bad', 1.5, -1, 1],
  interOpNumThreads: ['bad', 1.5, -1, 1],
  graphOptimizationLevel: [0, 'bad', 'disabled', 'basic', 'extended', 'layout', 'all'],
  enableCpuMemArena: [0, true, false],
  enableMemPattern: [0, true, false],
  executionMode: [0, 'bad', 'sequential', 'parallel'],
  freeDimensionOverrides: [{ N: 1 }, { N: -1 }, { nothing: 2 }],
  logId: [0, 'mine'],
  logSeverityLevel: [9, 'bad', 4],
  logVerbosityLevel: ['bad', 1],
  preferredOutputLocation: [
    'cpu',
    'cpu-pinned',
    'gpu-buffer',
    'ml-tensor',
    'nonsense',
    { y: 'cpu' },
    { y: 'gpu-buffer' },
    { y: 'nonsense' },
    { nothing: 'cpu' },
    0,
  ],
  enableProfiling: [1, false],
  extra: [{}, { session: { set_denormal_as_zero: '1' } }, { session: { nothing: '1' } }],
  externalData: [[], [{ path: 'unused', data: new Uint8Array(2) }]],
};

/** The kind of an outcome: what a program can tell of it. onnxruntime-web has but one kind of error. */
const verdict = async (attempt: Promise<InferenceSession>, isNode: boolean): Promise<string> => {
  try {
    await (await attempt).release();
    return 'taken';
  } catch (error) {
    if (!isNode) return 'refused';
    return error instanceof TypeError || error instanceof RangeError ? error.name : 'Error';
  }
};

describe.each(copies)('%s', (name, ort: OrtModule) => {
  const isNode = name === 'onnxruntime-node';
  const create = (bytes: Uint8Array, options: Options): Promise<InferenceSession> =>
    ort.InferenceSession.create(bytes, options);

  const cases = Object.entries(values).flatMap(([option, list]) =>
    list.map((value) => [option, JSON.stringify(value), value] as const),
  );
  it.each(cases)('%s = %s is taken or refused as by onnxruntime', async (option, _, value) => {
    const options = { [option]: value } as Options;
    const expected = await verdict(create(sandwich({}, true), options), isNode);
    expect(await verdict(create(sandwich({}, true), { ...options, ...custom }), isNode)).toBe(
      expected,
    );
    // On the web a model of kernels alone makes no session, and downloads no WebAssembly to have options checked.
    const stock = isNode ? await verdict(create(alone(), options), isNode) : 'taken';
    expect(await verdict(create(alone(), { ...options, ...custom }), isNode)).toBe(stock);
  });

  it('hands every option on to each segment', async () => {
    const spy = vi.spyOn(ort.InferenceSession, 'create');
    const options: Options = {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'basic',
      enableCpuMemArena: false,
      enableMemPattern: false,
      executionMode: 'sequential',
      freeDimensionOverrides: { N: 1 },
      logId: 'mine',
      logSeverityLevel: 3,
      logVerbosityLevel: 0,
      extra: { session: { set_denormal_as_zero: '1' } },
    };
    const session = await create(sandwich(), {
      ...options,
      preferredOutputLocation: { y: 'cpu', h: 'cpu-pinned' },
      ...custom,
    });
    const inner = spy.mock.calls.slice(1).map((call) => (call as unknown as [unknown, Options])[1]);
    expect(inner).toHaveLength(2);
    for (const own of inner) expect(own).toMatchObject(options);
    expect(inner.map((own) => own.preferredOutputLocation)).toEqual([
      { h: 'cpu-pinned' },
      { y: 'cpu' },
    ]);
    await session.release();
  });

  it('gives results on the CPU wherever else they were wanted without a GPU', async () => {
    for (const preferredOutputLocation of ['gpu-buffer', 'ml-tensor', 'cpu-pinned'] as const) {
      for (const own of [{}, custom]) {
        const session = await create(sandwich({}, true), { preferredOutputLocation, ...own });
        const { y, h } = await session.run({ x: new ort.Tensor('float32', [1, 1], [1, 2]) });
        expect([y!.location, h!.location]).toEqual(['cpu', 'cpu']);
        await session.release();
      }
    }
  });

  it('refuses graph capture, saying why', async () => {
    await expect(create(sandwich(), { enableGraphCapture: true, ...custom })).rejects.toThrow(
      /enableGraphCapture cannot be used with custom operators/,
    );
  });

  it('takes lengths of free dimensions for shapes on both sides of a cut', async () => {
    const outcome = async (own: Options): Promise<unknown> => {
      const session = await create(sandwich({}, true), {
        freeDimensionOverrides: { N: 3 },
        ...own,
      });
      const run = (rows: number) =>
        session
          .run({ x: new ort.Tensor('float32', new Float32Array(rows * 2), [rows, 2]) })
          .then(({ y }) => y!.dims)
          .catch(() => 'refused');
      const seen = [await run(3), await run(1), session.inputMetadata, session.outputMetadata];
      await session.release();
      return seen;
    };
    expect(await outcome(custom)).toEqual(await outcome({}));
  });

  describe('executionProviders', () => {
    it('may name custom-ops beside others, which are its inner ones', async () => {
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
      const local = isNode ? 'cpu' : 'wasm';
      for (const executionProviders of [
        ['custom-ops', local],
        [{ name: 'custom-ops' }, { name: local }],
        [{ name: 'custom-ops', inner: ['cpu'] }, local],
      ]) {
        const session = await create(sandwich(), { executionProviders });
        expect(sessionInfo(session).providers).toEqual([local]);
        await session.release();
      }
      expect(warn).not.toHaveBeenCalled();
    });

    it('may not name custom-ops within itself', async () => {
      for (const inner of [['custom-ops'], [{ name: 'custom-ops' }, 'cpu'], []]) {
        await expect(
          create(sandwich(), { executionProviders: [{ name: 'custom-ops', inner }] }),
        ).rejects.toThrow(/must be a list of at least one provider, custom-ops not among them/);
      }
    });

    it('are tried in their order, inner ones first', async () => {
      vi.spyOn(console, 'warn').mockImplementation(() => undefined);
      const session = await create(sandwich(), {
        executionProviders: [{ name: 'custom-ops', inner: ['nonsense'] }, isNode ? 'cpu' : 'wasm'],
      });
      expect(sessionInfo(session).providers).toEqual([isNode ? 'cpu' : 'wasm']);
      await session.release();
    });
  });
});

describe('onnxruntime-node', () => {
  const [, ort] = copies[0]!;

  it('gives the optimised model of each segment a file of its own', async () => {
    const session = await ort.InferenceSession.create(sandwich(), {
      optimizedModelFilePath: join(folder, 'optimised.onnx'),
      graphOptimizationLevel: 'basic',
      ...custom,
    });
    await session.release();
    expect(readdirSync(folder).sort()).toEqual([
      'optimised.segment-0.onnx',
      'optimised.segment-1.onnx',
    ]);
  });

  it('must have the inner provider for a model of kernels alone too', async () => {
    await expect(
      ort.InferenceSession.create(alone(), {
        executionProviders: [{ name: 'custom-ops', inner: ['nonsense'] }],
      }),
    ).rejects.toThrow(/could not be started on any provider/);
  });
});

describe('the name of a segment’s file', () => {
  it.each([
    ['model.onnx', 0, 'model.segment-0.onnx'],
    ['/a.b/model.v2.onnx', 11, '/a.b/model.v2.segment-11.onnx'],
    ['/a.b/model', 1, '/a.b/model.segment-1'],
    ['C:\\a.b\\.onnx', 2, 'C:\\a.b\\.onnx.segment-2'],
  ])('of %s, segment %i, is %s', (path, index, expected) => {
    expect(segmentFile(path, index)).toBe(expected);
  });
});
