// The queue of a pool: bounded, cancelled by signals, fair; and feeds and results on their way through it.

import { describe, expect, it } from 'vitest';
import { act, acts } from './operators.ts';
import { code, modelOf, ort, pooled, yOf } from './support.ts';

const sessionOf = (pool: Parameters<typeof pooled>[0]) =>
  ort.InferenceSession.create(modelOf(act), pooled(pool));

describe.each(['thread', 'process'] as const)('the queue of a pool, %s', (isolation) => {
  it('refuses the run that is one too many, saying how many wait, and takes the next', async () => {
    const session = await sessionOf({ size: 1, maxQueue: 2, isolation });
    const runs = [acts.wait, 100, 101].map((v) => session.run({ x: code(v) }));
    await expect(session.run({ x: code(102) })).rejects.toThrow(
      'InferenceSession.run: the queue of the pool is full, got 2 runs waiting for 1 worker.',
    );
    expect((await Promise.all(runs)).map(yOf)).toEqual([24, 200, 202]);
    expect(yOf(await session.run({ x: code(103) }))).toBe(206);
    await session.release();
  });

  it('of length 0 still runs what a worker is free for', async () => {
    const session = await sessionOf({ size: 1, maxQueue: 0, isolation });
    const run = session.run({ x: code(acts.wait) });
    await expect(session.run({ x: code(1) })).rejects.toThrow('is full, got 0 runs waiting');
    expect(yOf(await run)).toBe(24);
    expect(yOf(await session.run({ x: code(100) }))).toBe(200);
    await session.release();
  });

  it('lets a signal cancel a run that waits, whose place is free at once', async () => {
    const session = await sessionOf({ size: 1, maxQueue: 1, isolation });
    const first = session.run({ x: code(acts.wait) });
    const controller = new AbortController();
    const second = session.run({ x: code(acts.exit) }, { signal: controller.signal });
    controller.abort(new Error('no longer wanted'));
    const third = session.run({ x: code(101) });
    await expect(second).rejects.toThrow('no longer wanted');
    // Had the second run started, it would have ended the worker.
    expect((await Promise.all([first, third])).map(yOf)).toEqual([24, 202]);
    await session.release();
  });

  it('lets a signal cancel a run under way without hurting the worker', async () => {
    const session = await sessionOf({ size: 1, isolation });
    const controller = new AbortController();
    const run = session.run({ x: code(acts.wait) }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('too late')), 20);
    await expect(run).rejects.toThrow('too late');
    expect(yOf(await session.run({ x: code(100) }))).toBe(200);
    await session.release();
  });

  it('waits in a release for a run nobody waits for any more', async () => {
    const session = await sessionOf({ size: 1, isolation });
    const controller = new AbortController();
    const run = session.run({ x: code(acts.compute) }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('left')), 20);
    await expect(run).rejects.toThrow('left');
    const start = performance.now();
    await session.release();
    // The kernel computes for 200 ms from the moment it starts.
    expect(performance.now() - start).toBeGreaterThan(50);
  });

  it('rejects at once with a signal that was aborted before', async () => {
    const session = await sessionOf({ size: 1, isolation });
    const signal = AbortSignal.abort(new Error('before'));
    await expect(session.run({ x: code(acts.exit) }, { signal })).rejects.toThrow('before');
    await session.release();
  });

  it("leaves the caller's arrays his: they may change as soon as run has been called", async () => {
    const session = await sessionOf({ size: 1, isolation });
    const data = Int32Array.of(0);
    const x = new ort.Tensor('int32', data, [1]);
    const runs = Array.from({ length: 50 }, (_, i) => {
      data[0] = 1000 + i;
      return session.run({ x });
    });
    data[0] = 0;
    const answers = (await Promise.all(runs)).map(yOf);
    expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => 2000 + 2 * i));
    expect(data.buffer.byteLength).toBe(4);
    await session.release();
  });

  it('gives results whose data the caller may keep and change', async () => {
    const session = await sessionOf({ size: 1, isolation });
    const kept = await session.run({ x: code(100) });
    (kept['y']!.data as Int32Array)[0] = 7;
    expect(yOf(await session.run({ x: code(101) }))).toBe(202);
    expect(yOf(kept)).toBe(7);
    await session.release();
  });

  it('is emptied before a release ends', async () => {
    const session = await sessionOf({ size: 2, isolation });
    const runs = [acts.wait, 100, 101, 102].map((v) => session.run({ x: code(v) }));
    await session.release();
    expect((await Promise.all(runs)).map(yOf)).toEqual([24, 200, 202, 204]);
    await expect(session.run({ x: code(1) })).rejects.toThrow('after it was released');
  });
});
