// loadClassifier on a trained, exported model in onnxruntime-node: kernels and function body against tfjs; what it refuses.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  trainTextClassifier,
  type TrainedClassifier,
} from '../../../models/text-classifier/train.ts';
import { exportModel } from '../../../ops/export.ts';
import { sharmix } from '../../../ops/index.ts';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { install, sessionInfo } from '../../../src/runtime/index.ts';
import { loadClassifier, writeMetadata } from '../../../src/text/index.ts';
import { loadBackend, tf } from '../../../src/train/index.ts';
import { smallTexts } from './small-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'sharmix-classifier-'));
afterAll(() => rmSync(folder, { recursive: true }));

const texts = [
  ...smallTexts().texts.slice(0, 9),
  '',
  'words nobody wrote',
  'great '.repeat(10_000),
];
let run: TrainedClassifier;
let bytes: Uint8Array;
let expected: number[][];

const exported = async (metadata: Record<string, string>): Promise<Uint8Array> =>
  (await exportModel(run.model, { outputs: ['probabilities', 'logits'], metadata, verify: false }))
    .bytes;

beforeAll(async () => {
  await loadBackend({ log: () => {} });
  run = await trainTextClassifier({
    data: smallTexts(),
    epochs: 6,
    batchSize: 16,
    learningRate: 0.01,
  });
  const { labels, tokenizer, seed } = run;
  bytes = await exported(
    writeMetadata({ labels, tokenizer, seed, metrics: { accuracy: 1 }, version: '0.1.0' }),
  );
  expected = tf.tidy(() => {
    const tokens = tokenizer.encodeAll(texts);
    const x = tf.tensor2d(tokens, [texts.length, tokenizer.length], 'int32');
    return (run.model.predict(x) as tf.Tensor).arraySync() as number[][];
  });
});

describe('loadClassifier', () => {
  it('takes the stock path on a copy of onnxruntime without our operators, and says so if asked for ours', async () => {
    const { Tensor, InferenceSession, env, registerBackend } = ort;
    class Own extends (InferenceSession as unknown as new () => object) {
      static readonly create = InferenceSession.create.bind(InferenceSession);
    }
    const copy = {
      Tensor,
      InferenceSession: Own as unknown as typeof InferenceSession,
      env,
      registerBackend,
    };
    const classifier = await loadClassifier(copy, bytes);
    expect(classifier.provider).toBe('stock');
    expect(await classifier.classify(['great'])).toHaveLength(1);
    await classifier.release();
    await expect(loadClassifier(copy, bytes, { provider: 'custom-ops' })).rejects.toThrow(
      /must be installed in this copy of onnxruntime\. Hint: call install/,
    );
  });

  describe.each(['custom-ops', 'stock'] as const)('on %s', (provider) => {
    beforeAll(() => install(ort, { ops: [sharmix] }));

    it('gives the labels and probabilities of tfjs, in batches as in one', async () => {
      for (const batchSize of [64, 5, 1]) {
        const classifier = await loadClassifier(ort, bytes, { provider, batchSize });
        const found = await classifier.classify(texts);
        expect(found).toHaveLength(texts.length);
        found.forEach(({ label, probabilities, logits }, row) => {
          const own = expected[row]!;
          expect(label).toBe(run.labels[own.indexOf(Math.max(...own))]);
          expect(Object.keys(probabilities)).toEqual(run.labels);
          Object.values(probabilities).forEach((p, i) => {
            expect(Math.abs(p - own[i]!)).toBeLessThan(2e-6);
            expect(p === 0).toBe(own[i] === 0);
          });
          expect(logits).toHaveLength(3);
        });
        await classifier.release();
      }
    });

    it('reads a path, tells what the model carries, and takes no texts', async () => {
      const path = join(folder, `${provider}.onnx`);
      writeFileSync(path, bytes);
      const classifier = await loadClassifier(ort, path, { provider });
      expect(classifier).toMatchObject({ labels: run.labels, seed: 0, version: '0.1.0', provider });
      expect(classifier.metrics).toEqual({ accuracy: 1 });
      expect(JSON.stringify(classifier.tokenizer)).toBe(JSON.stringify(run.tokenizer));
      expect(await classifier.classify([])).toEqual([]);
      await classifier.release();
    });

    it('answers calls that overlap, each with its own texts, and a release waits for them', async () => {
      const classifier = await loadClassifier(ort, bytes, { provider });
      const one = await classifier.classify(texts.slice(0, 3));
      const calls = Array.from({ length: 30 }, (_, i) => classifier.classify([texts[i % 3]!]));
      const released = classifier.release();
      const found = await Promise.all(calls);
      found.forEach(([only], i) => expect(only).toEqual(one[i % 3]));
      await released;
    });

    it('refuses use after release, and a second release', async () => {
      const classifier = await loadClassifier(ort, bytes, { provider });
      await classifier.release();
      await expect(classifier.classify(['a'])).rejects.toThrow(
        /TextClassifier\.classify: the classifier must not be used after it was released/,
      );
      await expect(classifier.release()).rejects.toThrow(/TextClassifier\.release: .* released/);
    });
  });

  it('runs our kernel where install was called, without being told', async () => {
    install(ort, { ops: [sharmix] });
    const classifier = await loadClassifier(ort, bytes);
    expect(classifier.provider).toBe('custom-ops');
    expect(sessionInfo(classifier.session).kernels).toHaveLength(1);
    await classifier.release();
  });

  it('refuses a model that is no classifier, by what is missing', async () => {
    await expect(exported({}).then((model) => loadClassifier(ort, model))).rejects.toThrow(
      /must be a text classifier with sharmix\.labels in its metadata, got no metadata/,
    );
    await expect(
      exported({ author: 'me' }).then((model) => loadClassifier(ort, model)),
    ).rejects.toThrow(/got only author/);
  });

  it('refuses a classifier whose graph is another', async () => {
    const { labels, tokenizer, seed } = run;
    const builder = new ModelBuilder({ graphName: 'other' });
    const x = builder.input('x', 'float32', [2]);
    builder.output(builder.op('Relu', [x]), 'y', 'float32', [2]);
    const entries = writeMetadata({ labels, tokenizer, seed, metrics: {}, version: '1' });
    for (const [key, value] of Object.entries(entries)) builder.metadata(key, value);
    await expect(loadClassifier(ort, builder.build())).rejects.toThrow(
      /must map tokens or text to probabilities and logits, got x to y/,
    );
  });

  it('refuses labels that do not fit the outputs', async () => {
    const { tokenizer, seed } = run;
    const metadata = { labels: ['a', 'b'], tokenizer, seed, metrics: {}, version: '1' };
    const classifier = await loadClassifier(ort, await exported(writeMetadata(metadata)));
    await expect(classifier.classify(['x'])).rejects.toThrow(
      /the output probabilities must be float32 \[1, 2\], a value for each label, got float32 \[1, 3\]/,
    );
    await classifier.release();
  });

  it.each([
    ['no bytes', () => new Uint8Array(), /must be an ONNX model, got no bytes/],
    [
      'another file',
      () => new TextEncoder().encode('hello, I am a text file'),
      /must be a(?: whole|n) ONNX model/,
    ],
    ['half a model', () => bytes.slice(0, bytes.length >> 1), /must be a(?: whole|n) ONNX model/],
  ])('refuses %s', async (_, make, message) => {
    await expect(loadClassifier(ort, make())).rejects.toThrow(message);
  });

  it('refuses a file that is missing and a batch size that is none', async () => {
    await expect(loadClassifier(ort, join(folder, 'none.onnx'))).rejects.toThrow(
      /none\.onnx: the model must be a file that can be read/,
    );
    await expect(loadClassifier(ort, bytes, { batchSize: 0 })).rejects.toThrow(RangeError);
  });
});
