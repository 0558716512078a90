// The parts of a pool on their own: its buffers, and errors on their way between threads.

import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../../../src/runtime/pool/buffers.ts';
import { workerFile } from '../../../../src/runtime/pool/channel.ts';
import { decodeThrown, encodeThrown } from '../../../../src/runtime/pool/wire-errors.ts';
import { RuntimeError, SchemaError, ShapeError } from '../../../../src/schema/index.ts';

describe('the buffers of a pool', () => {
  it('are handed out again after they came back', () => {
    const pool = new BufferPool(2);
    const first = pool.take(1000);
    expect(first.byteLength).toBeGreaterThanOrEqual(1000);
    pool.give(first);
    expect(pool.take(900)).toBe(first);
    expect(pool.take(900)).not.toBe(first);
  });

  it.each([0, 1, 1024, 1025, 5000, 2 ** 24, 2 ** 24 + 1, 40_000_000])(
    'hold %i bytes, and little more',
    (size) => {
      const { byteLength } = new BufferPool(1).take(size);
      expect(byteLength).toBeGreaterThanOrEqual(size);
      expect(byteLength).toBeLessThanOrEqual(Math.max(1024, 2 * size));
    },
  );

  it('are kept up to their number, the rest is dropped', () => {
    const pool = new BufferPool(3);
    const taken = Array.from({ length: 100 }, () => pool.take(2000));
    for (const buffer of taken) pool.give(buffer);
    expect(pool.freeBytes).toBe(3 * 2048);
    pool.clear();
    expect(pool.freeBytes).toBe(0);
  });
});

describe('what is thrown in a worker', () => {
  const carried = (thrown: unknown): unknown => decodeThrown(structuredClone(encodeThrown(thrown)));

  it.each([RuntimeError, SchemaError, ShapeError])(
    'arrives as the error of the library it was: %o',
    (type) => {
      const cause = new TypeError('below', { cause: 'a text' });
      const error = new type({ where: 'w', what: 'x', rule: 'must be', actual: 'y', cause });
      const arrived = carried(error) as SchemaError;
      expect(arrived).toBeInstanceOf(type);
      expect(arrived.message).toBe(error.message);
      expect(arrived.code).toBe(error.code);
      expect(arrived.parts).toMatchObject({ where: 'w', actual: 'y' });
      expect(arrived.stack).toBe(error.stack);
      expect(arrived.cause).toBeInstanceOf(TypeError);
      expect((arrived.cause as Error).cause).toBe('a text');
    },
  );

  it('arrives as the class of JavaScript it was, else as an Error of its name', () => {
    class Own extends Error {
      override name = 'Own';
    }
    expect(carried(new RangeError('far'))).toBeInstanceOf(RangeError);
    expect(carried(new Own('mine'))).toMatchObject({ name: 'Own', message: 'mine' });
    expect(carried(Object.assign(new Error('no'), { code: 'ENOENT' }))).toMatchObject({
      code: 'ENOENT',
    });
  });

  it('arrives as it is where it is no error, as its text where it cannot be posted', () => {
    expect(carried({ a: [1, 2n] })).toEqual({ a: [1, 2n] });
    expect(carried(undefined)).toBe(undefined);
    expect(carried(Symbol('s'))).toBe('Symbol(s)');
    expect(carried(() => 1)).toBe('() => 1');
  });

  it('ends where its causes go in a circle', () => {
    const error = new Error('round');
    error.cause = error;
    let depth = 0;
    for (let at: unknown = carried(error); at instanceof Error; at = at.cause) depth++;
    expect(depth).toBeLessThan(20);
  });
});

describe("the worker's file", () => {
  it('lies beside the built code, and in the build for the sources', () => {
    const file = 'dist/src/runtime/pool/worker.js';
    expect(workerFile('file:///p/node_modules/sharmix/dist/src/runtime/pool/channel.js').href).toBe(
      `file:///p/node_modules/sharmix/${file}`,
    );
    expect(workerFile('file:///p/src/runtime/pool/channel.ts').href).toBe(`file:///p/${file}`);
  });
});
