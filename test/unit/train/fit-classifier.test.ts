// fitClassifier: learns, is deterministic, resumes exactly, keeps the former checkpoint, frees its tensors.

import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitClassifier, loadBackend, tf } from '../../../src/train/index.ts';
import { tokenModel, tokenProblem, weightsOf } from './small-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'sharmix-fit-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const data = tokenProblem(300);

for (const prefer of ['tensorflow', 'cpu'] as const) {
  describe(`fitClassifier on the ${prefer} backend`, () => {
    beforeAll(async () => {
      await loadBackend({ prefer });
    });

    it('learns a separable problem', async () => {
      const { best, history } = await fitClassifier(tokenModel(), data, {
        epochs: 30,
        batchSize: 16,
        learningRate: 0.02,
        patience: Infinity,
      });
      expect(history).toHaveLength(30);
      expect(best.validation?.accuracy).toBeGreaterThan(0.95);
      expect(best.validation?.macroF1).toBeGreaterThan(0.95);
      expect(history[29]!.train.loss).toBeLessThan(history[0]!.train.loss / 4);
    });

    it('gives the same weights bit for bit for the same seed, others for another', async () => {
      const train = async (seed: number): Promise<Float32Array[]> => {
        const model = tokenModel();
        await fitClassifier(model, data, { epochs: 2, seed });
        return weightsOf(model);
      };
      const first = await train(7);
      expect(await train(7)).toEqual(first);
      expect(await train(8)).not.toEqual(first);
    });

    it('resumes to the weights of an uninterrupted run, bit for bit', async () => {
      const options = { batchSize: 32, learningRate: 0.01, patience: Infinity, seed: 3 };
      const whole = tokenModel();
      const expected = await fitClassifier(whole, data, { ...options, epochs: 5 });
      const checkpoint = join(folder, `resume-${prefer}`);
      await fitClassifier(tokenModel(), data, { ...options, epochs: 2, checkpoint });
      const resumed = tokenModel();
      const result = await fitClassifier(resumed, data, {
        ...options,
        epochs: 5,
        checkpoint,
        resume: true,
      });
      expect(weightsOf(resumed)).toEqual(weightsOf(whole));
      expect(result.history).toEqual(expected.history);
      expect(result.steps).toBe(expected.steps);
    });

    it('stops on an abort, keeps the last checkpoint and goes on from it', async () => {
      const options = { batchSize: 32, patience: Infinity, seed: 5, epochs: 4 };
      const whole = tokenModel();
      await fitClassifier(whole, data, options);
      const checkpoint = join(folder, `abort-${prefer}`);
      const controller = new AbortController();
      const aborted = fitClassifier(tokenModel(), data, {
        ...options,
        checkpoint,
        signal: controller.signal,
        onProgress: ({ epoch, record }) => {
          if (epoch === 2 && record !== undefined) controller.abort();
        },
      });
      await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
      const resumed = tokenModel();
      await fitClassifier(resumed, data, { ...options, checkpoint, resume: true });
      expect(weightsOf(resumed)).toEqual(weightsOf(whole));
    });

    it('leaves no tensor behind', async () => {
      const model = tokenModel();
      await fitClassifier(model, data, { epochs: 1 });
      const before = tf.memory();
      await fitClassifier(model, data, { epochs: 25, batchSize: 64, patience: Infinity });
      const after = tf.memory();
      expect(after.numTensors).toBe(before.numTensors);
      expect(after.numDataBuffers).toBe(before.numDataBuffers);
    });
  });
}

it('reaches the same weights and metrics on both backends, up to rounding', async () => {
  const train = async (prefer: 'tensorflow' | 'cpu') => {
    await loadBackend({ prefer });
    const model = tokenModel();
    const { best } = await fitClassifier(model, data, {
      epochs: 8,
      batchSize: 16,
      learningRate: 0.02,
      patience: Infinity,
      monitor: 'loss',
    });
    return { weights: weightsOf(model), metrics: best.validation! };
  };
  const [a, b] = [await train('tensorflow'), await train('cpu')];
  a.weights.forEach((values, i) => {
    values.forEach((value, j) => {
      expect(Math.abs(value - b.weights[i]![j]!)).toBeLessThan(1e-3);
    });
  });
  expect(b.metrics.loss).toBeCloseTo(a.metrics.loss, 4);
  expect(b.metrics.confusion).toEqual(a.metrics.confusion);
});

describe('fitClassifier on tfjs-node', () => {
  beforeAll(async () => {
    await loadBackend({ prefer: 'tensorflow' });
  });

  it('stops early and restores the best epoch', async () => {
    const model = tokenModel();
    const { best, history, stoppedEarly } = await fitClassifier(model, data, {
      epochs: 60,
      batchSize: 16,
      learningRate: 0.05,
      patience: 2,
    });
    expect(stoppedEarly).toBe(true);
    expect(best.epoch).toBe(history.length - 2);
    const again = tokenModel();
    await fitClassifier(again, data, {
      epochs: best.epoch,
      batchSize: 16,
      learningRate: 0.05,
      patience: Infinity,
    });
    expect(weightsOf(model)).toEqual(weightsOf(again));
  });

  it('restores the best epoch of before the interruption', async () => {
    const options = {
      batchSize: 16,
      learningRate: 0.05,
      patience: Infinity,
      monitor: 'accuracy' as const,
    };
    const whole = tokenModel();
    const { best, history } = await fitClassifier(whole, data, { ...options, epochs: 12 });
    expect(best.epoch).toBeLessThan(history.length);
    const checkpoint = join(folder, 'best');
    for (const epochs of [best.epoch, best.epoch + 1]) {
      const partly = tokenModel();
      await fitClassifier(partly, data, { ...options, epochs, checkpoint, resume: true });
    }
    const resumed = tokenModel();
    const result = await fitClassifier(resumed, data, {
      ...options,
      epochs: 12,
      checkpoint,
      resume: true,
    });
    expect(result.best).toEqual(best);
    expect(weightsOf(resumed)).toEqual(weightsOf(whole));
  });

  it.skipIf(process.platform !== 'linux')(
    'says that the disk is full and keeps the former checkpoint',
    async () => {
      const checkpoint = join(folder, 'full');
      await fitClassifier(tokenModel(), data, { epochs: 1, checkpoint });
      const former = readFileSync(checkpoint, 'hex');
      // The draft is written through a link to a device that is always full.
      symlinkSync('/dev/full', `${checkpoint}.partial`);
      const fit = fitClassifier(tokenModel(), data, { epochs: 2, checkpoint, resume: true });
      await expect(fit).rejects.toThrow(/could not be written, got no space left on the device/);
      expect(readFileSync(checkpoint, 'hex')).toBe(former);
    },
  );

  it('refuses to resume a run of other options, naming the option', async () => {
    const checkpoint = join(folder, 'other');
    await fitClassifier(tokenModel(), data, { epochs: 1, checkpoint, seed: 1 });
    const fit = fitClassifier(tokenModel(), data, { epochs: 2, checkpoint, seed: 2, resume: true });
    await expect(fit).rejects.toThrow(/seed of the run to resume must be 1.*got 2/);
  });

  it('refuses a model that does not fit the data', async () => {
    await expect(fitClassifier(tokenModel(4), data, { epochs: 1 })).rejects.toThrow(
      /output of the model must be \[batch, 3\], as the data, got \[batch, 4\]/,
    );
  });

  it.each([
    ['one class', { ...data, labels: new Int32Array(300) }, /must be of two classes at least/],
    ['no rows', { ...data, inputs: new Int32Array(0), labels: [] }, /rows must not be empty/],
    ['a class too many', { ...data, classes: 2 }, /must be an integer in \[0, 1\]/],
    ['a short row', { ...data, inputs: data.inputs.slice(1) }, /must hold 300 rows of 6 values/],
  ])('refuses data with %s', async (_, bad, message) => {
    await expect(fitClassifier(tokenModel(), bad, { epochs: 1 })).rejects.toThrow(message);
  });
});
