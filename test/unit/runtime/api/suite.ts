// The calls of onnxruntime's own API tests, with the results and errors onnxruntime has for them. Run against plain onnxruntime and against
// sessions with custom operators alike: what holds for one must hold for the other.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrtModule } from '../../../../src/runtime/index.ts';
import { sandwich } from '../models.ts';

/** What is tested. */
export interface Subject {
  readonly ort: OrtModule;
  readonly isNode: boolean;
  /** Whether sessions are onnxruntime's own. */
  readonly isStock: boolean;
  /** Options that make them. */
  readonly options: InferenceSession.SessionOptions;
}

/** Calls as JavaScript makes them, types aside. */
type Loose = (...args: unknown[]) => Promise<InferenceSession>;
type LooseRun = (...args: unknown[]) => Promise<InferenceSession.ReturnType>;

const model = sandwich({}, true);

/** `resolved`, or the kind of error. onnxruntime-web has one kind of its own, for everything. */
const outcome = async (promise: Promise<unknown>, isNode: boolean): Promise<string> => {
  try {
    await promise;
    return 'resolved';
  } catch (error) {
    const isOfJs = error instanceof TypeError || error instanceof RangeError;
    return isNode && isOfJs ? error.name : 'Error';
  }
};

const createSuite = ({ ort, isNode, isStock, options }: Subject): void => {
  const create: Loose = (...args) => (ort.InferenceSession.create as Loose)(...args);
  let folder = '';
  let path = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'api-'));
    path = join(folder, 'model.onnx');
    await writeFile(path, model);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const works = async (...args: readonly unknown[]): Promise<void> => {
    const session = await create(...args);
    const { y } = await session.run({ x: new ort.Tensor('float32', [1, 1], [1, 2]) });
    expect([...(y!.data as Float32Array)]).toEqual([2, 8]);
    await session.release();
  };
  const buffer = model.slice().buffer;
  const inside = new Uint8Array(model.length + 20);
  inside.set(model, 10);
  const shared = new SharedArrayBuffer(model.length);
  new Uint8Array(shared).set(model);

  it('takes a path', () => works(path, options));
  it('takes a Uint8Array', () => works(model, options));
  it('takes a Buffer of Node', () => works(Buffer.from(model), options));
  it('takes a Uint8Array that is a part of a buffer', () =>
    works(inside.subarray(10, 10 + model.length), options));
  it('takes an ArrayBuffer', () => works(buffer, options));
  it('takes an ArrayBuffer with offset, length and options', () =>
    works(inside.buffer, 10, model.length, options));
  it('does not change the bytes it is given', async () => {
    const given = model.slice();
    await works(given, options);
    expect(given).toEqual(model);
  });
  it('takes no URL object', async () => {
    await expect(create(new URL('file:///model.onnx'), options)).rejects.toThrow(TypeError);
  });
  it('takes a file: URL for a path, which is none', async () => {
    await expect(create(`file://${path}`, options)).rejects.toThrow(Error);
  });
  // onnxruntime-node takes none; we read the model ourselves.
  const takesShared = !(isNode && isStock);
  it(`takes ${takesShared ? 'a' : 'no'} SharedArrayBuffer`, async () => {
    for (const given of [shared, new Uint8Array(shared)]) {
      expect(await outcome(works(given, options), isNode)).toBe(
        takesShared ? 'resolved' : 'TypeError',
      );
    }
  });

  const bad: readonly (readonly [string, readonly unknown[], string, RegExp])[] = [
    ['no argument', [], 'TypeError', /argument\[0\]/],
    ['a number', [1], 'TypeError', /argument\[0\]/],
    ['a negative offset', [buffer, -1], 'RangeError', /'byteOffset'/],
    ['an offset out of range', [buffer, 1e8], 'RangeError', /'byteOffset'/],
    ['a fractional offset', [buffer, 0.5], 'RangeError', /'byteOffset'/],
    ['a negative length', [buffer, 0, -1], 'RangeError', /'byteLength'/],
    ['a length out of range', [buffer, 0, 1e8], 'RangeError', /'byteLength'/],
    ['a length that is no number', [buffer, 0, 'all'], 'TypeError', /'byteLength'/],
    ['options that are a string, to a path', ['model.onnx', 'cpu'], 'TypeError', /'options'/],
    ['options that are a string, to bytes', [model, 'cpu'], 'TypeError', /'options'/],
    ['options that are null', [model, null], 'TypeError', /'options'/],
    ['options that are a string, to a part', [buffer, 0, 9, 'cpu'], 'TypeError', /'options'/],
  ];
  it.each(bad)('refuses %s', async (_, args, name, message) => {
    await expect(create(...args)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message) as string,
    });
  });
  it('refuses a path where nothing is, naming it', async () => {
    await expect(create('/no/such/model.onnx', options)).rejects.toThrow('/no/such/model.onnx');
  });
  it.each([
    ['nothing', new Uint8Array()],
    ['a page', new TextEncoder().encode('<!doctype html><title>Not found</title>')],
    ['half a model', model.subarray(0, model.length / 2)],
  ] as const)('refuses bytes that are %s', async (_, bytes) => {
    await expect(create(bytes, options)).rejects.toThrow(Error);
  });
};

const runSuite = ({ ort, isNode, isStock, options }: Subject): void => {
  let session: InferenceSession;
  let run: LooseRun;
  beforeAll(async () => {
    session = await ort.InferenceSession.create(model, options);
    run = (...args) => (session.run as unknown as LooseRun).apply(session, args);
  });
  afterAll(() => session.release());
  const x = new ort.Tensor('float32', [1, 1], [1, 2]);
  const dataOf = (result: InferenceSession.ReturnType, name: string): readonly number[] => [
    ...(result[name]!.data as Float32Array),
  ];

  it('gives all outputs where none is named', async () => {
    const result = await run({ x });
    expect(Object.keys(result).sort()).toEqual(['h', 'y']);
    expect(result['y']).toBeInstanceOf(ort.Tensor);
    expect([dataOf(result, 'h'), dataOf(result, 'y')]).toEqual([
      [4, 6],
      [2, 8],
    ]);
  });
  it('gives those named in a list, once each', async () => {
    expect(Object.keys(await run({ x }, ['h']))).toEqual(['h']);
    expect(Object.keys(await run({ x }, ['y', 'y']))).toEqual(['y']);
    expect(dataOf(await run({ x }, ['y'], {}), 'y')).toEqual([2, 8]);
  });
  it('gives those named in an object', async () => {
    expect(Object.keys(await run({ x }, { y: null }))).toEqual(['y']);
    expect(Object.keys(await run({ x }, { y: null, nothing: null }))).toEqual(['y']);
  });
  it('takes an object that names no output for options', async () => {
    expect(Object.keys(await run({ x }, { nothing: null })).sort()).toEqual(['h', 'y']);
    expect(Object.keys(await run({ x }, { y: undefined })).sort()).toEqual(['h', 'y']);
  });
  it('gives results under the names of a pre-allocated tensor, of its shape', async () => {
    const given = new ort.Tensor('float32', new Float32Array(2), [1, 2]);
    const result = await run({ x }, { y: given });
    expect(result['y']!.dims).toEqual([1, 2]);
    const filled = isStock && !isNode ? [0, 0] : [2, 8];
    // onnxruntime-web 1.30 hands the tensor back unfilled.
    expect(dataOf(result, 'y')).toEqual(filled);
    expect([...given.data]).toEqual(filled);
  });
  it('refuses a pre-allocated tensor of another shape or type', async () => {
    const wide = new ort.Tensor('float32', new Float32Array(3), [1, 3]);
    const double = new ort.Tensor('float64', new Float64Array(2), [1, 2]);
    await expect(run({ x }, { y: wide })).rejects.toThrow(Error);
    await expect(run({ x }, { y: double })).rejects.toThrow(Error);
    expect(dataOf(await run({ x }), 'y')).toEqual([2, 8]);
  });
  it('takes a tensor of another copy of onnxruntime, and any object of its form', async () => {
    const like = { type: 'float32', data: Float32Array.of(1, 1), dims: [1, 2], location: 'cpu' };
    expect(dataOf(await run({ x: like }), 'y')).toEqual([2, 8]);
  });
  it(`${isNode ? 'leaves aside' : 'refuses'} a feed that is no input`, async () => {
    expect(await outcome(run({ x, z: x }), isNode)).toBe(isNode ? 'resolved' : 'Error');
    expect(dataOf(await run({ x }), 'y')).toEqual([2, 8]);
  });

  const bad: readonly (readonly [string, readonly unknown[], string, RegExp])[] = [
    ['feeds that are null', [null], 'TypeError', /'feeds'/],
    ['feeds that are one tensor', [x], 'TypeError', /'feeds'/],
    ['feeds that are a list', [[x]], 'TypeError', /'feeds'/],
    ['no feeds', [{}], 'Error', /input 'x' is missing in 'feeds'/],
    ['a feed of another name', [{ z: x }], 'Error', /input 'x' is missing in 'feeds'/],
    ['fetches that are null', [{ x }, null], 'TypeError', /argument\[1\]/],
    ['fetches that are a number', [{ x }, 1], 'TypeError', /argument\[1\]/],
    ['fetches that are a tensor', [{ x }, x], 'TypeError', /'fetches'/],
    ['fetches that are an empty list', [{ x }, []], 'TypeError', /'fetches'/],
    ['fetches that are numbers', [{ x }, [1, 2, 3]], 'TypeError', /'fetches'/],
    ['an output there is not', [{ x }, ['wrong']], 'RangeError', /'fetches'.*wrong/],
    ['options that are a number', [{ x }, ['y'], 1], 'TypeError', /'options'/],
    ['options that are null', [{ x }, ['y'], null], 'TypeError', /'options'/],
  ];
  it.each(bad)('refuses %s', async (_, args, name, message) => {
    await expect(run(...args)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message) as string,
    });
  });
  it.each([
    ['another type', new ort.Tensor('float64', [1, 1], [1, 2])],
    ['another rank', new ort.Tensor('float32', [1, 1], [2])],
    ['another length', new ort.Tensor('float32', [1, 1, 1], [1, 3])],
  ] as const)('refuses a feed of %s, and runs on', async (_, wrong) => {
    await expect(run({ x: wrong })).rejects.toThrow(Error);
    expect(dataOf(await run({ x }), 'y')).toEqual([2, 8]);
  });
  it('takes the run options there are', async () => {
    for (const own of [{ logSeverityLevel: 4 }, { tag: 'mine' }, { terminate: false }, { x: 1 }]) {
      expect(dataOf(await run({ x }, own), 'y')).toEqual([2, 8]);
      expect(dataOf(await run({ x }, ['y'], own), 'y')).toEqual([2, 8]);
    }
  });
  it('refuses a log level there is not', async () => {
    const level = (logSeverityLevel: unknown) => outcome(run({ x }, { logSeverityLevel }), isNode);
    expect(await level('error')).toBe(isNode ? 'TypeError' : 'Error');
    expect(await level(8)).toBe(isNode ? 'RangeError' : 'Error');
    expect(await outcome(run({ x }, { tag: 1 }), isNode)).toBe(isNode ? 'TypeError' : 'resolved');
    expect(dataOf(await run({ x }), 'y')).toEqual([2, 8]);
  });
  it(`${isNode ? 'does not know' : 'ends by'} the option terminate`, async () => {
    expect(await outcome(run({ x }, { terminate: true }), isNode)).toBe(
      isNode ? 'resolved' : 'Error',
    );
    expect(dataOf(await run({ x }), 'y')).toEqual([2, 8]);
  });
  it('may be called again before it has ended', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => run({ x })));
    for (const result of results) expect(dataOf(result, 'y')).toEqual([2, 8]);
  });
};

const lifeSuite = ({ ort, options }: Subject): void => {
  const create = () => ort.InferenceSession.create(model, options);
  it('names inputs and outputs', async () => {
    const session = await create();
    expect(session.inputNames).toEqual(['x']);
    expect(session.outputNames).toEqual(['y', 'h']);
    await session.release();
    expect(session.inputNames).toEqual(['x']);
  });
  it('is released once, and runs no more', async () => {
    const session = await create();
    expect(await session.release()).toBeUndefined();
    await expect(session.release()).rejects.toThrow(Error);
    await expect(session.run({ x: new ort.Tensor('float32', [1, 1], [1, 2]) })).rejects.toThrow(
      Error,
    );
  });
  it('has startProfiling and endProfiling, which give nothing back', async () => {
    const session = await create();
    expect(session.endProfiling()).toBeUndefined();
    await session.release();
  });
};

/** The suite. */
export const apiSuite = (name: string, subject: Subject): void => {
  describe(`${name}: InferenceSession.create`, () => {
    createSuite(subject);
  });
  describe(`${name}: InferenceSession.run`, () => {
    runSuite(subject);
  });
  describe(`${name}: InferenceSession`, () => {
    lifeSuite(subject);
  });
};
