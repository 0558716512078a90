// The text classifier: options, network, training, run folder.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig, type TrainConfig } from '../../../models/text-classifier/config.ts';
import { createNetwork, headOf } from '../../../models/text-classifier/model.ts';
import { loadRun, saveRun } from '../../../models/text-classifier/run.ts';
import {
  trainTextClassifier,
  type TrainedClassifier,
} from '../../../models/text-classifier/train.ts';
import { normalisers } from '../../../ops/train.ts';
import { DataError } from '../../../src/schema/index.ts';
import { loadBackend, tf } from '../../../src/train/index.ts';
import { weightsOf } from '../train/small-model.ts';
import { smallTexts } from './small-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'sharmix-train-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await loadBackend({ log: () => {} });
});

const data = smallTexts();
const options = { data, epochs: 12, batchSize: 16, learningRate: 0.01, seed: 4 };

describe('resolveConfig', () => {
  it('takes every normaliser with its own indices', () => {
    for (const normaliser of normalisers) {
      expect(resolveConfig({ normaliser })).toMatchObject({
        normaliser,
        q: undefined,
        r: undefined,
      });
    }
    expect(resolveConfig()).toMatchObject({ normaliser: 'sharmix', epochs: 20, seed: 0 });
  });

  it.each<[Partial<Record<keyof TrainConfig, unknown>>, RegExp]>([
    [
      { normaliser: 'relu' },
      /must be one of softmax, sparsemax, entmax, normmax, sharmix, got relu/,
    ],
    [{ q: 2.1 }, /q must be in \[1\.01, 2\] for sharmix, got 2\.1/],
    [{ normaliser: 'entmax', q: 0.9 }, /q must be in \[1, 2\] for entmax, got 0\.9/],
    [{ normaliser: 'normmax', q: 1 }, /q must be > 1 for normmax/],
    [{ r: 5 }, /r must be in \[1\.01, 2\] for sharmix, got 5/],
    [{ q: Number.NaN }, /q must be in/],
    [{ normaliser: 'softmax', q: 1.5 }, /q must be left out for softmax, which fixes it, got 1\.5/],
    [{ normaliser: 'entmax', r: 1.5 }, /r must be left out for entmax/],
    [{ epochs: 0 }, /epochs must be an integer >= 1, got 0/],
    [{ epochs: 1.5 }, /epochs must be an integer >= 1, got 1\.5/],
    [{ seed: -1 }, /seed must be an integer >= 0, got -1/],
    [{ length: 0 }, /length must be an integer >= 1/],
    [{ learningRate: 0 }, /learningRate must be finite and > 0/],
  ])('refuses %j', (wrong, message) => {
    const resolve = (): unknown => resolveConfig(wrong as Partial<TrainConfig>);
    expect(resolve).toThrow(RangeError);
    expect(resolve).toThrow(message);
  });
});

describe('createNetwork', () => {
  const size = { vocabularySize: 30, length: 5, classes: 3 };

  it('maps int32 tokens to probabilities by the layers the file names', () => {
    const model = createNetwork(size);
    expect(model.inputs.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ['tokens', 'int32', [null, 5]],
    ]);
    expect(model.layers.map(({ name }) => name)).toEqual([
      'tokens',
      'embedding',
      'mean',
      'logits',
      'probabilities',
    ]);
    expect(model.outputs[0]!.shape).toEqual([null, 3]);
    expect(model.getLayer('embedding').outputShape).toEqual([null, 5, 128]);
  });

  it('starts from the same weights for the same seed, from others for another', () => {
    const [first, same, other] = [1, 1, 2].map((seed) =>
      weightsOf(createNetwork({ ...size, seed })),
    );
    expect(same).toEqual(first);
    expect(other![0]).not.toEqual(first![0]);
  });

  it('gives a text without tokens the same probabilities whatever its length of padding', () => {
    const model = createNetwork(size);
    const values = tf.tidy(() => {
      const tokens = tf.tensor2d(
        [
          [0, 0, 0, 0, 0],
          [3, 4, 0, 0, 0],
        ],
        [2, 5],
        'int32',
      );
      return (model.predict(tokens) as tf.Tensor).arraySync() as number[][];
    });
    // Zeros all the way to the logits, whose bias starts at 0.
    for (const p of values[0]!) expect(p).toBeCloseTo(1 / 3, 6);
    expect(values[1]![0]).not.toBeCloseTo(1 / 3, 6);
  });

  it.each([
    ['softmax', 1, 1],
    ['sparsemax', 2, 2],
    ['entmax', 1.5, 1.5],
    ['normmax', 1.5, 2 - 1 / 1.5],
    ['sharmix', 1.5, 1.5],
  ] as const)('ends with %s at q %f, r %f', (normaliser, q, r) => {
    const head = headOf(createNetwork({ ...size, normaliser }));
    expect(head.q).toBeCloseTo(q, 6);
    expect(head.r).toBeCloseTo(r, 6);
    expect(head.trainableWeights).toHaveLength(normaliser === 'sharmix' ? 2 : 0);
  });
});

describe('trainTextClassifier', () => {
  it.each(normalisers)('learns with %s', async (normaliser) => {
    const { metrics, labels } = await trainTextClassifier({
      ...options,
      normaliser,
    });
    expect(labels).toEqual(['bad', 'good', 'plain']);
    expect(metrics.test.accuracy).toBeGreaterThan(0.9);
    expect(metrics.test.macroF1).toBeGreaterThan(0.9);
    expect(metrics.train.rows + metrics.validation.rows + metrics.test.rows).toBe(240);
  });

  it('gives exact zeros with sparsemax, none with softmax', async () => {
    const zerosOf = async (normaliser: 'softmax' | 'sparsemax'): Promise<number> =>
      (await trainTextClassifier({ ...options, normaliser })).metrics.test.zeros;
    expect(await zerosOf('softmax')).toBe(0);
    expect(await zerosOf('sparsemax')).toBeGreaterThan(0.1);
  });

  it('moves q and r of sharmix and no others', async () => {
    const { metrics } = await trainTextClassifier({ ...options, epochs: 2 });
    expect([metrics.q, metrics.r]).not.toEqual([1.5, 1.5]);
    const fixed = await trainTextClassifier({
      ...options,
      epochs: 2,
      normaliser: 'entmax',
      q: 1.25,
    });
    expect([fixed.metrics.q, fixed.metrics.r]).toEqual([1.25, 1.25]);
  });

  it('gives the same weights for the same seed', async () => {
    const [first, same] = [
      await trainTextClassifier({ ...options, epochs: 2 }),
      await trainTextClassifier({ ...options, epochs: 2 }),
    ];
    expect(weightsOf(same.model)).toEqual(weightsOf(first.model));
  });

  it('goes on from its checkpoint to the weights of an uninterrupted run', async () => {
    const checkpoint = join(folder, 'checkpoint');
    const whole = await trainTextClassifier({ ...options, epochs: 4 });
    await trainTextClassifier({ ...options, epochs: 2, checkpoint });
    const resumed = await trainTextClassifier({ ...options, epochs: 4, checkpoint, resume: true });
    expect(weightsOf(resumed.model)).toEqual(weightsOf(whole.model));
    expect(resumed.metrics).toEqual(whole.metrics);
  });
});

describe('a run folder', () => {
  let run: TrainedClassifier;
  beforeAll(async () => {
    run = await trainTextClassifier({ ...options, epochs: 3 });
    await saveRun(folder, run);
  });

  it('gives back the model, tokenizer, labels, metrics, seed and options', async () => {
    const { model, tokenizer, ...rest } = await loadRun(folder);
    expect(rest).toEqual({
      labels: run.labels,
      metrics: run.metrics,
      seed: 4,
      config: JSON.parse(JSON.stringify(run.config)) as unknown,
    });
    expect(JSON.stringify(tokenizer)).toBe(JSON.stringify(run.tokenizer));
    expect(weightsOf(model)).toEqual(weightsOf(run.model));
    const tokens = tokenizer.encodeAll(data.texts.slice(0, 7));
    const predict = (of: tf.LayersModel): Float32Array =>
      tf.tidy(() => {
        const x = tf.tensor2d(tokens, [7, tokenizer.length], 'int32');
        return (of.predict(x) as tf.Tensor).dataSync<'float32'>().slice();
      });
    expect(predict(model)).toEqual(predict(run.model));
  });

  it.each([
    [
      'another format',
      (text: string) => text.replace('sharmix-run', 'keras'),
      /version 1, got format keras/,
    ],
    [
      'a newer version',
      (text: string) => text.replace('"version": 1,\n "labels"', '"version": 2,\n "labels"'),
      /version 1, got format sharmix-run, version 2/,
    ],
    ['half a file', (text: string) => text.slice(0, 500), /run\.json: the run must be JSON/],
    ['null', () => 'null', /must be a run of this package/],
    [
      'an unknown layer',
      (text: string) => text.replaceAll('"MaskedMean"', '"Median"'),
      /must hold a model that can be built, got .*Median/s,
    ],
  ])('with %s is refused', async (_, change, message) => {
    const path = join(folder, 'run.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, change(text));
    try {
      await expect(loadRun(folder)).rejects.toThrow(DataError);
      await expect(loadRun(folder)).rejects.toThrow(message);
    } finally {
      writeFileSync(path, text);
    }
  });

  it('with the weights of another run is refused', async () => {
    const path = join(folder, 'weights.bin');
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(4));
    await expect(loadRun(folder)).rejects.toThrow(
      /weights\.bin: .* must have the weights of its run\.json/,
    );
    writeFileSync(path, bytes);
    await expect(loadRun(folder)).resolves.toBeDefined();
  });

  it('that is not there, or not finished, is refused with the command that makes one', async () => {
    await expect(loadRun(join(folder, 'none'))).rejects.toThrow(
      /must be a finished run with a readable run\.json, got no such file\. Hint: sharmix train text-classifier --out RUN/,
    );
  });
});
