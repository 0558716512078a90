// The end of a session: release, and `await using`, which the runtime adds where onnxruntime has it not.

import { describe, expect, it, vi } from 'vitest';
import { addAsyncDispose } from '../../../../src/runtime/async-dispose.ts';
import type { OrtModule } from '../../../../src/runtime/index.ts';
import { copies, custom } from '../copies.ts';
import { sandwich } from '../models.ts';
import { prototypeOf } from './prototype.ts';

describe.each(copies)('%s', (_, ort: OrtModule) => {
  const feeds = { x: new ort.Tensor('float32', [1, 1], [1, 2]) };

  it.each([
    ['custom operators', custom],
    ['onnxruntime’s own', {}],
  ])('disposes of a session of %s at the end of its block', async (__, options) => {
    const release = vi.spyOn(prototypeOf(ort), 'release');
    let outer: { run(given: typeof feeds): Promise<unknown> };
    {
      await using session = await ort.InferenceSession.create(sandwich({}, true), options);
      outer = session;
      expect(await session.run(feeds)).toHaveProperty('y');
      const before = release.mock.contexts.filter((context) => context === session);
      expect(before).toHaveLength(0);
    }
    expect(release.mock.contexts).toContain(outer);
    await expect(outer.run(feeds)).rejects.toThrow(Error);
    release.mockRestore();
  });

  it('waits for runs under way before it releases', async () => {
    const session = await ort.InferenceSession.create(sandwich(), custom);
    const runs = Array.from({ length: 5 }, () => session.run(feeds));
    await session[Symbol.asyncDispose]();
    for (const { y } of await Promise.all(runs)) {
      expect([...(y!.data as Float32Array)]).toEqual([2, 8]);
    }
    await expect(session.release()).rejects.toThrow(/must not be used after it was released/);
    for (const call of [() => session.startProfiling(), () => session.endProfiling()]) {
      expect(call).toThrow(/must not be used after it was released/);
    }
  });

  it('leaves the names of the session’s fields as they were', async () => {
    const session = await ort.InferenceSession.create(sandwich(), custom);
    expect(Object.keys(session)).not.toContain('release');
    expect(Object.getOwnPropertySymbols(session)).toEqual([]);
    const descriptor = Object.getOwnPropertyDescriptor(prototypeOf(ort), Symbol.asyncDispose);
    expect(descriptor).toMatchObject({ enumerable: false, configurable: true, writable: true });
    await session.release();
  });
});

describe('a copy of onnxruntime', () => {
  const copy = (prototype: object): OrtModule =>
    ({ InferenceSession: { prototype } }) as unknown as OrtModule;

  it('that has Symbol.asyncDispose keeps its own', () => {
    const own = () => Promise.resolve();
    const prototype = { [Symbol.asyncDispose]: own };
    addAsyncDispose(copy(prototype));
    expect(prototype[Symbol.asyncDispose]).toBe(own);
  });

  it('on an engine without the symbol is left as it is', () => {
    const { asyncDispose } = Symbol;
    const prototype = {};
    // Node 20 has the symbol as a fixed property: an engine without it can only be pretended.
    const stub = Object.create(Symbol, { asyncDispose: { value: undefined } }) as typeof Symbol;
    vi.stubGlobal('Symbol', stub);
    addAsyncDispose(copy(prototype));
    vi.unstubAllGlobals();
    expect(Symbol.asyncDispose).toBe(asyncDispose);
    expect(Reflect.ownKeys(prototype)).toEqual([]);
  });
});
