// Kernels that fail: the run rejects with operator, node and cause, and the session stays usable. Workers that die: the same, in a pool.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DTypeError, RuntimeError, ShapeError } from '../../../../src/schema/index.ts';
import { act, actNow, acts } from './operators.ts';
import { code, kinds, modelOf, ort, pooled, yOf } from './support.ts';

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.fail('the run did not reject'),
    (error: unknown) => error as Error,
  );

describe.each(kinds)('a kernel that fails, in %s', (_, options) => {
  it.each([
    ['throws', acts.throwNow, RuntimeError, 'thrown on purpose'],
    ['throws a text', acts.throwText, RuntimeError, 'a text'],
    ['throws undefined', acts.throwNothing, RuntimeError, 'undefined'],
    ['throws a RangeError', acts.rangeError, RangeError, 'out of its domain'],
    ['gives another type', acts.wrongType, DTypeError, 'must be a int32 tensor'],
    ['gives data of another size', acts.wrongShape, ShapeError, '1 elements for [2]'],
    ['gives no output', acts.noOutput, DTypeError, 'got none'],
  ] as const)('and %s rejects the run with operator and node', async (_, value, type, text) => {
    const session = await ort.InferenceSession.create(modelOf(actNow), options);
    const error = await failure(session.run({ x: code(value) }));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain('test.pool@1::ActNow');
    expect(error.message).toContain('"it"');
    expect(error.message).toContain(text);
    expect(yOf(await session.run({ x: code(acts.nothing) }))).toBe(0);
    expect(yOf(await session.run({ x: code(100) }))).toBe(200);
    await session.release();
  });

  it('and rejects later rejects the run with the whole chain of causes', async () => {
    const session = await ort.InferenceSession.create(modelOf(act), options);
    const runs = [100, acts.reject, 101].map((value) => session.run({ x: code(value) }));
    const [first, failed, last] = await Promise.allSettled(runs);
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(last).toMatchObject({ status: 'fulfilled' });
    const error = (failed as PromiseRejectedResult).reason as Error;
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error).toMatchObject({
      code: 'RUNTIME',
      message: expect.stringContaining('::Act') as string,
    });
    expect(error.cause).toMatchObject({ message: 'rejected on purpose' });
    expect((error.cause as Error).cause).toBeInstanceOf(TypeError);
    expect(((error.cause as Error).cause as Error).message).toBe('the root');
    await session.release();
  });
});

const dies = [
  ['process.exit', acts.exit, 'exit code 3'],
  ['an error nobody catches', acts.throwLater, ''],
  ['its heap limit', acts.fillHeap, ''],
] as const;

describe.each(['thread', 'process'] as const)('a worker that dies, a %s,', (isolation) => {
  const resourceLimits = { maxOldGenerationSizeMb: 64 };
  const deaths =
    isolation === 'thread' ? dies : [...dies, ['abort()', acts.abort, 'SIGABRT'] as const];

  it.each(deaths)(
    'by %s takes its run with it, is replaced, and leaves the others alone',
    async (_, value, text) => {
      const session = await ort.InferenceSession.create(
        modelOf(act),
        pooled({ size: 2, isolation, resourceLimits }),
      );
      const values = [acts.wait, value, 100, 101, 102, 103];
      const runs = await Promise.allSettled(values.map((v) => session.run({ x: code(v) })));
      expect(runs.map(({ status }) => status)).toEqual(
        values.map((v) => (v === value ? 'rejected' : 'fulfilled')),
      );
      const reason: unknown = (runs[1] as PromiseRejectedResult).reason;
      expect(reason).toBeInstanceOf(RuntimeError);
      expect(String(reason)).toMatch(/worker \d of the pool ended during the run/);
      expect(String(reason)).toContain(text);
      // Both places work again: two runs that wait are under way at once.
      const again = [0, 1, 2, 3].map((i) =>
        session.run({ x: code(i === 0 ? acts.wait : 200 + i) }),
      );
      expect((await Promise.all(again)).map(yOf)).toEqual([24, 402, 404, 406]);
      await session.release();
    },
  );

  it('and cannot be replaced leaves a session that says so, with the cause', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pool-'));
    const path = join(folder, 'model.onnx');
    await writeFile(path, modelOf(act));
    const session = await ort.InferenceSession.create(path, pooled({ size: 1, isolation }));
    await rm(folder, { recursive: true });
    const runs = await Promise.allSettled([acts.exit, 100].map((v) => session.run({ x: code(v) })));
    expect(String((runs[0] as PromiseRejectedResult).reason)).toContain('ended during the run');
    const { reason } = runs[1] as { reason: Error };
    expect(reason.message).toContain('the pool has no worker left that starts');
    expect(String(reason.cause)).toContain(path);
    await expect(session.run({ x: code(100) })).rejects.toThrow('no worker left');
    await session.release();
  });

  it('in every run is replaced every time', async () => {
    const session = await ort.InferenceSession.create(modelOf(act), pooled({ size: 1, isolation }));
    for (let i = 0; i < 5; i++) {
      await expect(session.run({ x: code(acts.exit) })).rejects.toThrow(/ended during the run/);
    }
    expect(yOf(await session.run({ x: code(100) }))).toBe(200);
    await session.release();
  });
});
