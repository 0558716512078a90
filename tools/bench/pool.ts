// `node dist/tools/bench/pool.js`: what a pool of workers gives and costs. The event loop's longest gap during a run of about 2 s, runs a
// second of one session and of pools, and the time of one small run.

import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import { sharmix } from '../../ops/index.ts';
import { ModelBuilder } from '../../src/onnx/index.ts';
import { install, type PoolOptions } from '../../src/runtime/index.ts';

const cores = availableParallelism();

install(ort, { ops: [sharmix], modules: [new URL('../../ops/index.js', import.meta.url)] });

/** x [N, width], `depth` times MatMul, then SharMiX over the rows. */
const model = (width: number, depth: number): Uint8Array => {
  const builder = new ModelBuilder();
  const data = Float32Array.from({ length: width * width }, (_, i) => ((i * 7919) % 13) / width);
  const w = builder.initializer('w', { dtype: 'float32', dims: [width, width], data });
  let value = builder.input('x', 'float32', ['N', width]);
  for (let i = 0; i < depth; i++) value = builder.op('MatMul', [value, w]);
  const { probabilities } = builder.customOp(
    sharmix,
    { logits: builder.op('Tanh', [value]) },
    {},
    { functionBody: false, types: { T: 'float32' } },
  );
  builder.output(probabilities!, 'y', 'float32', ['N', width]);
  return builder.build();
};

const rowsOf = (rows: number, width: number) => ({
  x: new ort.Tensor('float32', new Float32Array(rows * width).fill(0.01), [rows, width]),
});

const create = (bytes: Uint8Array, pool: boolean | PoolOptions, threads?: number) =>
  ort.InferenceSession.create(bytes, {
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    executionProviders: [{ name: 'custom-ops', pool }],
  });

const timeOf = async (task: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await task();
  return performance.now() - start;
};

/** The longest time between two turns of the event loop during a task, by a timer of 1 ms. */
const longestGap = async (task: () => Promise<unknown>): Promise<number> => {
  let last = performance.now();
  let longest = 0;
  const tick = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(tick, 1);
  await task();
  tick();
  clearInterval(timer);
  return longest;
};

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const contenders: readonly (readonly [string, boolean | PoolOptions])[] = [
  ['one session', false],
  ['pool of 1 thread', { size: 1 }],
  ['pool of 1 process', { size: 1, isolation: 'process' }],
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Rows of which one run takes about 2 s. */
const rowsForTwoSeconds = async (session: ort.InferenceSession, width: number): Promise<number> => {
  const rows = 64;
  let least = Infinity;
  for (let i = 0; i < 3; i++) {
    least = Math.min(least, await timeOf(() => session.run(rowsOf(rows, width))));
  }
  return Math.max(1, Math.round((rows * 2000) / least));
};

/** The longest gap in each of some rounds. An idle loop is measured beside: what the machine's other work costs is in every figure. */
const gaps = async (): Promise<void> => {
  const width = 1024;
  const bytes = model(width, 40);
  const row = (name: string, longest: readonly number[], ms: number): void => {
    const [least, middle] = [0, 1].map((at) => longest.toSorted((a, b) => a - b)[at]!);
    print(
      `${name.padEnd(20)} run of ${ms.toFixed(0)} ms, longest gap ${least!.toFixed(1)} ms (the least of 3; median ${middle!.toFixed(1)} ms)`,
    );
  };
  for (const [name, pool] of contenders) {
    const session = await create(bytes, pool);
    const feeds = rowsOf(await rowsForTwoSeconds(session, width), width);
    const during: number[] = [];
    let ms = 0;
    for (let round = 0; round < 3; round++) {
      const gap = longestGap(async () => {
        ms = await timeOf(() => session.run(feeds));
      });
      during.push(await gap);
    }
    row(name, during, ms);
    await session.release();
  }
  const idle: number[] = [];
  for (let round = 0; round < 3; round++) idle.push(await longestGap(() => pause(2000)));
  row('nothing, idle', idle, 2000);
};

const throughput = async (): Promise<void> => {
  const width = 512;
  const bytes = model(width, 8);
  const feeds = rowsOf(16, width);
  const perSecond: number[][] = [];
  const sessions = [
    { name: `one session, ${cores} threads`, session: await create(bytes, false, cores) },
    { name: 'one session, 1 thread', session: await create(bytes, false, 1) },
    { name: `pool of ${cores} threads`, session: await create(bytes, { size: cores }) },
    {
      name: `pool of ${cores} processes`,
      session: await create(bytes, { size: cores, isolation: 'process' }),
    },
  ];
  for (let round = 0; round < 5; round++) {
    for (const [at, { session }] of sessions.entries()) {
      const runs = 200;
      const ms = await timeOf(() =>
        Promise.all(Array.from({ length: runs }, () => session.run(feeds))),
      );
      (perSecond[at] ??= []).push((1000 * runs) / ms);
    }
  }
  const medianOf = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const base = medianOf(perSecond[0]!);
  for (const [at, { name, session }] of sessions.entries()) {
    const median = medianOf(perSecond[at]!);
    print(
      `${name.padEnd(28)} ${median.toFixed(0).padStart(6)} runs/s, ${(median / base).toFixed(2)}x`,
    );
    await session.release();
  }
};

const latency = async (): Promise<void> => {
  const bytes = model(8, 1);
  const feeds = rowsOf(1, 8);
  for (const [name, pool] of contenders) {
    const session = await create(bytes, pool);
    const runs = 2000;
    for (let i = 0; i < 200; i++) await session.run(feeds);
    const ms = await timeOf(async () => {
      for (let i = 0; i < runs; i++) await session.run(feeds);
    });
    print(`${name.padEnd(20)} ${((1000 * ms) / runs).toFixed(0).padStart(5)} us a run`);
    await session.release();
  }
};

print(`event loop during a long run (${cores} cores)`);
await gaps();
print(`\n200 runs at once, 8 MatMul of 16x512 by 512x512`);
await throughput();
print(`\none run after the other, a model of one row of 8`);
await latency();
