// compareModel: agreement, the first value that differs and the step that made it, contenders that cannot run.

import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { affine } from '../runtime/operators.ts';
import {
  compareModel,
  compareValues,
  install,
  randomFeeds,
  sessionContender,
  type Contender,
} from '../../../src/runtime/index.ts';
import { tensor, type Tensor } from '../../../src/schema/index.ts';
import { branched } from './models.ts';

beforeAll(() => {
  install(node, { ops: [affine] });
  install(web, { ops: [affine] });
});

const custom = { executionProviders: ['custom-ops'] } as const;
const kernels = sessionContender('kernels', node, custom);
const body = sessionContender('body', node, { executionProviders: ['cpu'] });
const wasm = sessionContender('wasm', web, custom);
const feeds = { x: tensor('float32', Float32Array.of(1, -2, 0.5, 3), [2, 2]) };

/** The kernels, one value changed. */
const spoilt = (name: string, change: (value: number) => number): Contender => ({
  name: 'spoilt',
  run: async (model, inputs) => {
    const outputs = await kernels.run(model, inputs);
    const value = outputs[name] as Tensor & { data: Float32Array };
    return { ...outputs, [name]: { ...value, data: value.data.map(change) } as Tensor };
  },
});

const compare = (others: readonly Contender[], values: 'segments' | 'nodes' = 'segments') =>
  compareModel(branched(), { reference: kernels, others, feeds, ops: [affine], values });

describe('compareModel', () => {
  it('finds kernels, function bodies and WebAssembly to agree at every border', async () => {
    const { comparisons, left } = await compare([body, wasm]);
    expect(left).toEqual([]);
    for (const { values, first, error } of comparisons) {
      expect(error).toBeUndefined();
      expect(first).toBeUndefined();
      expect(values.map(({ value, step }) => [value, step])).toEqual([
        ['h', 'segment 1'],
        ['g', 'segment 1'],
        ['m', 'kernel "middle"'],
        ['y', 'segment 2'],
      ]);
    }
  });

  it('names the first value that differs, and the step that made it', async () => {
    const [one] = (await compare([spoilt('m', (v) => v + 0.25)])).comparisons;
    expect(one?.first).toMatchObject({
      value: 'm',
      step: 'kernel "middle"',
      differing: 4,
      maxAbsolute: 0.25,
      worst: expect.stringContaining('expected') as unknown,
    });
  });

  it('looks into segments where asked', async () => {
    const [one] = (await compare([spoilt('r', () => NaN)], 'nodes')).comparisons;
    expect(one?.values.map(({ value }) => value)).toEqual(['h', 'g', 'm', 'r', 'y']);
    expect(one?.first).toMatchObject({ value: 'r', step: 'segment 2', maxAbsolute: Infinity });
  });

  it('keeps a difference within the tolerance', async () => {
    const report = await compareModel(branched(), {
      reference: kernels,
      others: [spoilt('m', (v) => v + 0.25)],
      feeds,
      ops: [affine],
      absolute: 0.3,
    });
    expect(report.comparisons[0]?.first).toBeUndefined();
  });

  it('says why a contender cannot run, and goes on with the others', async () => {
    const report = await compareModel(branched(false), {
      reference: kernels,
      others: [body, wasm],
      feeds,
      ops: [affine],
    });
    expect(report.comparisons[0]?.error).toMatch(/test\.ops/);
    expect(report.comparisons[1]?.values).toHaveLength(4);
  });

  it('refuses where the reference itself cannot run', async () => {
    await expect(
      compareModel(branched(), { reference: kernels, others: [], feeds: {}, ops: [affine] }),
    ).rejects.toThrow(/the reference, kernels, must run the model/);
  });
});

describe('compareValues', () => {
  const float = (...values: number[]): Tensor =>
    tensor('float32', Float32Array.from(values), [values.length]);
  const ints = (...values: bigint[]): Tensor =>
    tensor('int64', BigInt64Array.from(values), [values.length]);

  it.each([
    ['NaN beside NaN', float(NaN), float(NaN), true],
    ['infinity beside itself', float(Infinity), float(Infinity), true],
    ['0 beside -0', float(0), float(-0), true],
    ['NaN beside a number', float(1), float(NaN), false],
    ['infinity beside a number', float(Infinity), float(1), false],
    ['integers off by one', ints(1000n), ints(1001n), false],
    ['another type', float(1), ints(1n), false],
    ['another shape', float(1, 2), float(1), false],
    ['strings alike', tensor('string', ['a'], [1]), tensor('string', ['a'], [1]), true],
    ['strings unlike', tensor('string', ['a'], [1]), tensor('string', ['b'], [1]), false],
  ])('judges %s', (_, expected, actual, agrees) => {
    expect(compareValues(expected, actual).agrees).toBe(agrees);
  });

  it('says where the worst element is, and both values', () => {
    const [a, b] = [float(1, 2, 3, 4), float(1, 2.5, 3, 14)].map((one) => ({
      ...one,
      dims: [2, 2],
    }));
    expect(compareValues(a as Tensor, b as Tensor).worst).toBe('[1, 1]: 14, expected 4');
  });
});

describe('randomFeeds', () => {
  const inputs = [
    { name: 'a', dtype: 'float32', dims: ['N', 3] },
    { name: 'b', dtype: 'int64', dims: [null] },
    { name: 'c', dtype: 'string', dims: undefined },
  ] as const;

  it('is the same for the same seed, and another for another', () => {
    expect(randomFeeds(inputs, { seed: 5 })).toEqual(randomFeeds(inputs, { seed: 5 }));
    expect(randomFeeds(inputs, { seed: 5 })).not.toEqual(randomFeeds(inputs, { seed: 6 }));
  });

  it('sizes open dimensions by name, or as it is told', () => {
    const feeds = randomFeeds(inputs, { dims: { N: 4 }, size: 7, integers: 3 });
    expect(feeds['a']?.dims).toEqual([4, 3]);
    expect(feeds['b']?.dims).toEqual([7]);
    expect(feeds['c']?.dims).toEqual([]);
    for (const value of feeds['b']!.data as BigInt64Array) expect(value).toBeLessThan(3n);
  });

  it('refuses an input JavaScript cannot hold', () => {
    expect(() => randomFeeds([{ name: 's', dtype: undefined, dims: undefined }])).toThrow(
      /the input "s" must be a tensor/,
    );
  });
});
