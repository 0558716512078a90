// Custom nodes inside If, Loop and Scan: through the model's function, through a body that is added, and interpreted; every way
// gives what stock onnxruntime gives.

import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { describe, expect, it } from 'vitest';
import { install, sessionInfo, type OrtModule } from '../../../src/runtime/index.ts';
import {
  bodyless,
  carriedSequenceModel,
  collectModel,
  ifModel,
  loopModel,
  scanModel,
  sequenceMapModel,
  type Version,
} from './control-flow-models.ts';
import { copies, custom } from './copies.ts';

for (const [, ort] of copies) install(ort, { ops: [bodyless] });

const plain = (results: InferenceSession.OnnxValueMapType): unknown =>
  Object.fromEntries(
    Object.entries(results).map(([name, { type, dims, data }]) => [
      name,
      { type, dims: [...dims], data: Array.from(data as Float32Array) },
    ]),
  );

const versions: readonly Version[] = ['function', 'body', 'none'];

describe.each(copies)('%s', (_, ort: OrtModule) => {
  const floats = (values: number[], dims: number[] = [values.length]): Tensor =>
    new ort.Tensor('float32', Float32Array.from(values), dims);
  const bool = (value: boolean): Tensor => new ort.Tensor('bool', [value], []);
  const int = (value: bigint): Tensor => new ort.Tensor('int64', BigInt64Array.of(value), []);

  const compare = async (
    build: (version: Version) => Uint8Array,
    version: Version,
    runs: readonly Record<string, Tensor>[],
  ): Promise<string[]> => {
    const options = { logSeverityLevel: 3 } as const;
    const stock = await ort.InferenceSession.create(build('function'), options);
    const session = await ort.InferenceSession.create(build(version), { ...custom, ...options });
    expect(session.outputNames).toEqual(stock.outputNames);
    for (const feeds of runs) {
      expect(plain(await session.run(feeds))).toEqual(plain(await stock.run(feeds)));
    }
    const { interpreted } = sessionInfo(session);
    await Promise.all([stock.release(), session.release()]);
    return interpreted.map(({ type, reason }) => `${type}: ${reason}`);
  };

  const reason =
    'test.bodyless@1::Affine: it has no function body (a test of operators without one)';
  const interpretedAs = (type: string, version: Version): string[] =>
    version === 'none' ? [`${type}: ${reason}`] : [];

  it.each(versions)('If: either branch, captures and constants (%s)', async (version) => {
    const x = floats([0.5, -1]);
    const runs = [
      { c: bool(true), x },
      { c: bool(false), x },
    ];
    expect(await compare(ifModel, version, runs)).toEqual(interpretedAs('If', version));
  });

  it.each(versions)(
    'Loop: counts, conditions, no iteration, an If inside (%s)',
    async (version) => {
      const x = floats([1, 2]);
      const run = (count: bigint, goes: boolean, limit: number) => ({
        count: int(count),
        goes: bool(goes),
        x,
        limit: floats([limit], []),
      });
      const runs = [run(5n, true, 1e9), run(100n, true, 50), run(0n, true, 1), run(5n, false, 1)];
      expect(await compare(loopModel, version, runs)).toEqual(interpretedAs('Loop', version));
    },
  );

  it.each(versions)('Scan: axes and directions of inputs and outputs (%s)', async (version) => {
    const run = (n: number) => ({
      start: floats([1, -1]),
      a: floats(
        Array.from({ length: 2 * n }, (_unused, i) => i),
        [2, n],
      ),
      b: floats(
        Array.from({ length: 2 * n }, (_unused, i) => 10 * i),
        [n, 2],
      ),
    });
    expect(await compare(scanModel, version, [run(3), run(1)])).toEqual(
      interpretedAs('Scan', version),
    );
  });

  it.each([1, undefined])(
    'Loop: what no iteration collects has the shape that onnxruntime gives it (rank %s)',
    async (rank) => {
      const run = (count: bigint) => ({ count: int(count), x: floats([1, 2]) });
      const build = (version: Version): Uint8Array => collectModel(version, rank);
      await compare(build, 'none', [run(0n), run(3n)]);
    },
  );

  it('runs a sequence that a body with a custom node carries where the operator has a body, and else says why not', async () => {
    const runs = [{ count: int(2n), x: floats([1, 2]) }];
    await compare(carriedSequenceModel, 'body', runs);
    await expect(ort.InferenceSession.create(carriedSequenceModel('none'), custom)).rejects.toThrow(
      /the value "\w+" between node "\w+" \(SequenceConstruct\) and node "grow" \(Loop\) must be a tensor that JavaScript holds.*got a sequence/,
    );
  });

  it('says why a custom node in a SequenceMap cannot be run', async () => {
    await expect(ort.InferenceSession.create(sequenceMapModel('none'), custom)).rejects.toThrow(
      /node "map" \(SequenceMap\) cannot be run: onnxruntime lacks a custom operator in its subgraphs, and only If, Loop and Scan can be interpreted/,
    );
  });

  it('keeps the answers of overlapping runs apart', async () => {
    const session = await ort.InferenceSession.create(loopModel('none'), custom);
    const run = (x: number) =>
      session.run({
        count: int(4n),
        goes: bool(true),
        x: floats([x, 0]),
        limit: floats([1e9], []),
      });
    const alone: unknown[] = [];
    for (const x of [1, 2, 3, 4]) alone.push(plain(await run(x)));
    expect((await Promise.all([1, 2, 3, 4].map(run))).map(plain)).toEqual(alone);
    await session.release();
  });

  it('tells the node that fails inside, and leaves the session as it was', async () => {
    const session = await ort.InferenceSession.create(ifModel('none', -1), custom);
    const x = floats([0, 0]);
    await expect(session.run({ c: bool(true), x })).rejects.toThrow(
      /^test.bodyless@1::Affine, node "affine_\d": the kernel failed, got scale must be > 0, got -1/,
    );
    expect(plain(await session.run({ c: bool(false), x }))).toEqual({
      y: { type: 'float32', dims: [2], data: [1, 1] },
    });
    await session.release();
  });
});
