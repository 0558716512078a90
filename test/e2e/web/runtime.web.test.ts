// Sessions with custom operators in Chromium on onnxruntime-web/webgpu: WGSL kernels on onnxruntime's own device.

import * as ort from 'onnxruntime-web/webgpu';
import { describe, expect, it, vi } from 'vitest';
import { sharmix as reference } from '../../../ops/sharmix/math/index.ts';
import { sharmix } from '../../../ops/sharmix/index.ts';
import { install, sessionInfo } from '../../../src/runtime/index.ts';
import { alone, chain, double, negate, withoutShader } from './runtime-models.ts';

install(ort, { ops: [sharmix, negate] });

const rows = (values: ArrayLike<number>): number[][] =>
  Array.from({ length: values.length / 3 }, (_, i) => [0, 1, 2].map((j) => values[3 * i + j]!));

const bias = [0.5, 0, -0.5];
/** What `chain` computes, by the float64 reference. */
const chainReference = (x: ArrayLike<number>): { p: number[]; y: number[] } => {
  const p: number[] = [];
  const y: number[] = [];
  for (const row of rows(x)) {
    const first = [
      ...reference(
        row.map((v, j) => v + bias[j]!),
        { q: 1.5, r: 1.25 },
      ),
    ];
    const second = [
      ...reference(
        first.map((v) => v * 10),
        { q: 1.5, r: 1.5 },
      ),
    ];
    p.push(...first);
    y.push(...second.map((v, j) => v + bias[j]!));
  }
  return { p, y };
};

const expectClose = (
  tensor: ort.Tensor | undefined,
  expected: readonly number[],
  tolerance: number,
): void => {
  const actual = [...(tensor!.data as Float32Array | Float64Array)];
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of actual.entries()) {
    expect(
      Math.abs(value - expected[i]!),
      `element ${i}: ${value}, not ${expected[i]}`,
    ).toBeLessThan(tolerance);
  }
};

const inputs = (seed: number, count: number): ort.Tensor => {
  const data = Float32Array.from({ length: count * 3 }, (_, i) => 3 * Math.sin(seed + 1.7 * i));
  return new ort.Tensor('float32', data, [count, 3]);
};

const webgpu = { executionProviders: [{ name: 'custom-ops', inner: ['webgpu'] }] } as const;

describe('a model on WebGPU', () => {
  it('keeps tensors on the GPU between onnxruntime and the kernels', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    const x = inputs(1, 5);
    const { y, p, logits } = await session.run({ x });
    const expected = chainReference(x.data as Float32Array);
    expect(logits!.location).toBe('cpu');
    expectClose(
      logits,
      Array.from(x.data as Float32Array, (v, i) => v + bias[i % 3]!),
      1e-6,
    );
    expectClose(p, expected.p, 5e-6);
    expectClose(y, expected.y, 5e-5);
    const info = sessionInfo(session);
    expect(info.providers).toEqual(['webgpu']);
    expect(info.segments.length).toBe(3);
    expect(info.kernels.map(({ form }) => form)).toEqual(['wgsl', 'wgsl']);
    expect(info.readbacks).toBe(0);
    await session.release();
  });

  it('leaves outputs on the GPU where the caller prefers that', async () => {
    const session = await ort.InferenceSession.create(chain(), {
      ...webgpu,
      preferredOutputLocation: { p: 'gpu-buffer' },
    });
    const x = inputs(2, 4);
    const { y, p } = await session.run({ x });
    expect([p!.location, y!.location]).toEqual(['gpu-buffer', 'cpu']);
    await p!.getData(true);
    expectClose(p, chainReference(x.data as Float32Array).p, 5e-6);
    await session.release();
  });

  it('fills tensors the caller gives for outputs', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    const x = inputs(11, 2);
    const [p, logits] = [inputs(0, 2), inputs(0, 2)];
    const results = await session.run({ x }, { p, logits, y: null });
    const expected = chainReference(x.data as Float32Array);
    expect(results['p']).toBe(p);
    expectClose(p, expected.p, 5e-6);
    expectClose(
      logits,
      Array.from(x.data as Float32Array, (v, i) => v + bias[i % 3]!),
      1e-6,
    );
    expectClose(results['y'], expected.y, 5e-5);
    await session.release();
  });

  it('takes feeds that are on the GPU: the output of one session is the input of the next', async () => {
    const first = await ort.InferenceSession.create(chain(), {
      ...webgpu,
      preferredOutputLocation: 'gpu-buffer',
    });
    const second = await ort.InferenceSession.create(chain(), webgpu);
    const x = inputs(7, 4);
    const between = await first.run({ x });
    expect(between['y']!.location).toBe('gpu-buffer');
    const { y } = await second.run({ x: between['y']! });
    expectClose(y, chainReference(chainReference(x.data as Float32Array).y).y, 1e-4);
    between['y']!.dispose();
    between['p']!.dispose();
    between['logits']!.dispose();
    await Promise.all([first.release(), second.release()]);
  });

  it('makes no further buffers once it has run', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    const create = vi.spyOn(await ort.env.webgpu.device, 'createBuffer');
    const own = () =>
      create.mock.calls.filter(([{ label }]) => label?.startsWith('sharmix') === true).length;
    await session.run({ x: inputs(8, 5000) });
    const atFirst = own();
    for (let i = 0; i < 30; i++) await session.run({ x: inputs(i, 5000) });
    expect(atFirst).toBeGreaterThan(0);
    expect(own()).toBe(atFirst);
    create.mockRestore();
    await session.release();
  });

  it('runs on a device the caller made', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter!.requestDevice();
    const dispatches = vi.spyOn(device, 'createComputePipelineAsync');
    const session = await ort.InferenceSession.create(chain(), {
      executionProviders: [{ name: 'custom-ops', inner: [{ name: 'webgpu', device }] }],
    });
    const x = inputs(9, 4);
    const { y } = await session.run({ x });
    expectClose(y, chainReference(x.data as Float32Array).y, 5e-5);
    expect(dispatches).toHaveBeenCalled();
    expect(sessionInfo(session).readbacks).toBe(0);
    await session.release();
  });

  it('runs a model that is nothing but a custom node', async () => {
    const session = await ort.InferenceSession.create(alone(), webgpu);
    const logits = inputs(3, 2);
    const { p } = await session.run({ logits, q: new ort.Tensor('float32', [1.5], []) });
    const expected = rows(logits.data as Float32Array).flatMap((row) => [
      ...reference(row, { q: 1.5 }),
    ]);
    expectClose(p, expected, 5e-6);
    await expect(session.run({ logits, q: new ort.Tensor('float32', [3], []) })).rejects.toThrow(
      RangeError,
    );
    expectClose(
      (await session.run({ logits, q: new ort.Tensor('float32', [1.5], []) }))['p'],
      expected,
      5e-6,
    );
    await session.release();
  });

  it('runs a node in JS where the shader does not cover its type', async () => {
    const session = await ort.InferenceSession.create(double(), webgpu);
    const logits = new ort.Tensor('float64', Float64Array.of(1, 2, 3, 0, 0, 0), [2, 3]);
    const { p } = await session.run({ logits });
    const expected = rows(logits.data).flatMap((row) => [...reference(row)]);
    expectClose(p, expected, 1e-12);
    const [kernel] = sessionInfo(session).kernels;
    expect(kernel).toMatchObject({ node: 'head', form: 'js' });
    expect(kernel!.reason).toMatch(/float64/);
    await session.release();
  });

  it('counts one readback a run for a node without a shader behind one with it', async () => {
    const session = await ort.InferenceSession.create(withoutShader(), webgpu);
    const x = inputs(4, 3);
    const { y } = await session.run({ x });
    await session.run({ x });
    const expected = rows(x.data as Float32Array).flatMap((row) =>
      Array.from(reference(row.map((v, j) => v + bias[j]!)), (v, j) => bias[j]! - v),
    );
    expectClose(y, expected, 5e-6);
    const { kernels, readbacks } = sessionInfo(session);
    expect(kernels.map(({ form }) => form)).toEqual(['wgsl', 'js']);
    expect(kernels[1]!.reason).toMatch(/this test is about its absence/);
    expect(readbacks).toBe(2);
    await session.release();
  });

  it('computes an empty batch', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    const { y, p } = await session.run({
      x: new ort.Tensor('float32', new Float32Array(), [0, 3]),
    });
    expect([y!.dims, p!.dims]).toEqual([
      [0, 3],
      [0, 3],
    ]);
    await session.release();
  });
});

describe('overlapping calls on WebGPU', () => {
  it('runs 100 runs of one session, each with its own answer', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    const all = Array.from({ length: 100 }, (_, i) => inputs(i, 1 + (i % 7)));
    const results = await Promise.all(all.map((x) => session.run({ x })));
    for (const [i, { y }] of results.entries()) {
      expectClose(y, chainReference(all[i]!.data as Float32Array).y, 5e-5);
    }
    expect(sessionInfo(session).readbacks).toBe(0);
    await session.release();
  });

  it('runs two sessions, creates a third and releases one meanwhile', async () => {
    const [a, b] = await Promise.all([
      ort.InferenceSession.create(chain(), webgpu),
      ort.InferenceSession.create(chain(), webgpu),
    ]);
    const x = inputs(9, 3);
    const runs = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? a : b).run({ x }));
    const third = ort.InferenceSession.create(chain(), webgpu);
    const released = a.release();
    const results = await Promise.all(runs);
    const c = await third;
    results.push(await c.run({ x }), await b.run({ x }));
    await released;
    const expected = chainReference(x.data as Float32Array).y;
    for (const { y } of results) expectClose(y, expected, 5e-5);
    await expect(a.run({ x })).rejects.toThrow(/released/);
    await Promise.all([b.release(), c.release()]);
  });
});
