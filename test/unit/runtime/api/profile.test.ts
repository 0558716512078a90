// Profiles in Node: one trace for all segments and kernels, as onnxruntime writes one for its own nodes.

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelBuilder } from '../../../../src/onnx/index.ts';
import { Profile, mergeTraces, type TraceEvent } from '../../../../src/runtime/profile.ts';
import { custom } from '../copies.ts';
import { sandwich } from '../models.ts';
import { total } from '../operators.ts';
import { prototypeOf } from './prototype.ts';

const root = mkdtempSync(join(tmpdir(), 'profiles-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'one-'));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const feeds = { x: new ort.Tensor('float32', [1, 1], [1, 2]) };
const temporary = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('custom-ops-profile-'));

const readOnly = (): { readonly name: string; readonly events: readonly TraceEvent[] } => {
  const names = readdirSync(folder);
  expect(names).toHaveLength(1);
  const text = readFileSync(join(folder, names[0]!), 'utf8');
  return { name: names[0]!, events: JSON.parse(text) as readonly TraceEvent[] };
};

const profiled = (options: ort.InferenceSession.SessionOptions = {}) =>
  ort.InferenceSession.create(sandwich(), {
    enableProfiling: true,
    profileFilePrefix: join(folder, 'mine'),
    ...custom,
    ...options,
  });

const kernels = (events: readonly TraceEvent[]): readonly TraceEvent[] =>
  events.filter(({ args }) => args['provider'] === 'custom-ops');

describe('a profile', () => {
  it('is one file with the events of all segments and kernels, in the order of time', async () => {
    const session = await profiled();
    for (let i = 0; i < 5; i++) await session.run(feeds);
    session.endProfiling();
    const { name, events } = readOnly();
    expect(name).toMatch(/^mine_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_\d{3}\.json$/);
    for (const event of events) {
      expect(event).toMatchObject({ ph: 'X', pid: process.pid, tid: expect.any(Number) as number });
      expect(event.ts).toBeGreaterThanOrEqual(0);
      expect(event.dur).toBeGreaterThanOrEqual(0);
    }
    expect(events.map(({ ts }) => ts)).toEqual(events.map(({ ts }) => ts).sort((a, b) => a - b));
    expect(kernels(events)).toHaveLength(5);
    expect(kernels(events)[0]).toMatchObject({
      cat: 'Node',
      name: 'middle_kernel_time',
      args: {
        op_name: 'Affine',
        op: 'test.ops@1::Affine',
        node: 'middle',
        input_type_shape: [{ float: [1, 2] }, { float: [] }],
        output_type_shape: [{ float: [1, 2] }],
      },
    });
    const named = (what: string) => events.filter((event) => event.name === what);
    expect(named('matmul_kernel_time')).toHaveLength(5);
    expect(named('relu_kernel_time')).toHaveLength(5);
    expect(named('session_initialization')).toHaveLength(2);
    expect(named('custom_ops_run')).toHaveLength(5);
    await session.release();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('puts the nodes of a run on one clock: each begins when the last has ended', async () => {
    const session = await profiled();
    for (let i = 0; i < 20; i++) await session.run(feeds);
    session.endProfiling();
    const { events } = readOnly();
    const of = (name: string) => events.filter((event) => event.name === name);
    const runs = of('custom_ops_run');
    expect(runs).toHaveLength(20);
    runs.forEach((run, i) => {
      const nodes = ['matmul', 'middle', 'relu'].map((node) => of(`${node}_kernel_time`)[i]!);
      // Microseconds are rounded: two of them for each border.
      const slack = 2;
      expect(nodes[0]!.ts).toBeGreaterThanOrEqual(run.ts - slack);
      expect(nodes[1]!.ts + slack).toBeGreaterThanOrEqual(nodes[0]!.ts + nodes[0]!.dur);
      expect(nodes[2]!.ts + slack).toBeGreaterThanOrEqual(nodes[1]!.ts + nodes[1]!.dur);
      expect(nodes[2]!.ts + nodes[2]!.dur).toBeLessThanOrEqual(run.ts + run.dur + slack);
    });
    await session.release();
  });

  it('leaves no files of the segments behind, and is ended once', async () => {
    const before = temporary();
    const session = await profiled();
    expect(temporary()).toHaveLength(before.length + 1);
    session.endProfiling();
    expect(temporary()).toEqual(before);
    session.endProfiling();
    await session.release();
    expect(readOnly().events.length).toBeGreaterThan(0);
  });

  it('that is not ended is, when the session is released', async () => {
    const session = await profiled();
    await session.run(feeds);
    await session.release();
    expect(kernels(readOnly().events)).toHaveLength(1);
  });

  it('of a session that cannot be made leaves nothing', async () => {
    const before = temporary();
    await expect(profiled({ graphOptimizationLevel: 'nonsense' as never })).rejects.toThrow(
      TypeError,
    );
    expect(temporary()).toEqual(before);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('tells where it cannot be written, and the session is released all the same', async () => {
    const profileFilePrefix = join(folder, 'nowhere', 'mine');
    const session = await profiled({ profileFilePrefix });
    expect(() => session.endProfiling()).toThrow(/must be a file that can be written.*nowhere/s);
    await session.release();
    const other = await profiled({ profileFilePrefix });
    await expect(other.release()).rejects.toThrow(/must be a file that can be written/);
    await expect(other.release()).rejects.toThrow(/must not be used after it was released/);
  });

  it('needs a prefix, as onnxruntime-node has it', async () => {
    const options = { enableProfiling: true } as const;
    await expect(ort.InferenceSession.create(sandwich({}, true), options)).rejects.toThrow(
      /profileFilePrefix/,
    );
    await expect(
      ort.InferenceSession.create(sandwich(), { ...options, ...custom }),
    ).rejects.toThrow(/profileFilePrefix/);
  });

  it('is started later by startProfiling: runs of segments and kernels', async () => {
    const session = await ort.InferenceSession.create(sandwich(), {
      profileFilePrefix: join(folder, 'later'),
      ...custom,
    });
    await session.run(feeds);
    session.startProfiling();
    await session.run(feeds);
    await session.run(feeds);
    session.endProfiling();
    await session.run(feeds);
    const { name, events } = readOnly();
    expect(name).toMatch(/^later_/);
    expect(kernels(events)).toHaveLength(2);
    const segments = events.filter((event) => event.name === 'segment_run');
    expect(segments.map(({ args }) => args['segment'])).toEqual([0, 1, 0, 1]);
    await session.release();
  });

  it('times an asynchronous kernel, and one of a model without segments', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [1, 2]);
    const { sum } = model.customOp(
      total,
      { x: [x, x] },
      {},
      { functionBody: false, outputs: { sum: 'y' } },
    );
    model.output(sum!, 'y', 'float32', [1, 2]);
    const session = await ort.InferenceSession.create(model.build(), {
      enableProfiling: true,
      profileFilePrefix: join(folder, 'mine'),
      ...custom,
    });
    await session.run(feeds);
    session.endProfiling();
    expect(kernels(readOnly().events)).toMatchObject([
      { name: 'y_kernel_time', args: { node: 'y', op: 'test.ops@1::Total' } },
    ]);
    await session.release();
  });

  it('of a failing run holds what ran', async () => {
    const session = await profiled();
    const wide = { x: new ort.Tensor('float64', [1, 1], [1, 2]) };
    await expect(session.run(wide)).rejects.toThrow(/float32/);
    await session.run(feeds);
    session.endProfiling();
    expect(kernels(readOnly().events)).toHaveLength(1);
    await session.release();
  });

  it('is onnxruntime’s own for a model without custom nodes', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [1, 2]);
    model.output(model.op('Relu', [x], {}, { name: 'r', outputs: ['y'] }), 'y', 'float32', [1, 2]);
    const session = await ort.InferenceSession.create(model.build(), {
      enableProfiling: true,
      profileFilePrefix: join(folder, 'plain'),
      ...custom,
    });
    await session.run(feeds);
    session.endProfiling();
    expect(readOnly().events.map(({ name }) => name)).toContain('r_kernel_time');
    await session.release();
  });

  it('of onnxruntime-web is left to it: each segment’s session starts and ends its own', async () => {
    const session = await web.InferenceSession.create(sandwich(), custom);
    const prototype = prototypeOf(web);
    const start = vi.spyOn(prototype, 'startProfiling');
    const end = vi.spyOn(prototype, 'endProfiling');
    session.startProfiling();
    session.endProfiling();
    // The session itself, and its two segments.
    expect(start).toHaveBeenCalledTimes(3);
    expect(end).toHaveBeenCalledTimes(3);
    await session.release();
  });
});

describe('the merger of traces', () => {
  const event = (name: string, ts: number, dur: number): TraceEvent => ({
    cat: 'Session',
    pid: 1,
    tid: 7,
    dur,
    ts,
    ph: 'X',
    name,
    args: {},
  });

  it('finds each segment’s clock by its calls', () => {
    const profile = new Profile();
    const at = profile.begun;
    // Clock began at +3 ms; the second call is the tighter one: its run of 1 ms ended as it returned.
    const segment = {
      made: [at, at + 5] as const,
      calls: [
        [at + 10, at + 14],
        [at + 20, at + 21.5],
      ] as const,
      events: [
        event('session_initialization', 100, 1000),
        event('model_run', 8000, 1000),
        event('model_run', 17_500, 1000),
      ],
    };
    const merged = mergeTraces(profile, new Map([[0, segment]]), 1);
    expect(merged.map(({ name, ts }) => [name, ts])).toEqual([
      ['session_initialization', 3100],
      ['model_run', 11_000],
      ['model_run', 20_500],
    ]);
  });

  it('keeps to the making of the session where a call has no run of its own', () => {
    const profile = new Profile();
    const at = profile.begun;
    const segment = {
      made: [at, at + 5] as const,
      calls: [[at + 10, at + 11] as const],
      events: [event('session_initialization', 0, 1000)],
    };
    expect(mergeTraces(profile, new Map([[0, segment]]), 1)).toMatchObject([{ ts: 4000 }]);
  });
});
