// withIndexRates: each variable at its own rate, q and r inside their interval, serialisable; indexRules does the same in the trainer.

import { beforeAll, describe, expect, it } from 'vitest';
import {
  IndexRateOptimizer,
  indexRules,
  SharMiX,
  withIndexRates,
} from '../../../ops/sharmix/train/index.ts';
import { loadBackend, tf } from '../../../src/train/index.ts';

beforeAll(async () => {
  await loadBackend({ prefer: 'tensorflow' });
});

interface Variables {
  readonly head: SharMiX;
  readonly q: tf.Variable;
  readonly r: tf.Variable;
  readonly other: tf.Variable;
}

const variables = (q: number, r: number): Variables => {
  const head = new SharMiX({ q, r, learnable: true });
  head.build([null, 3]);
  const [qVariable, rVariable] = head.trainableWeights.map(
    (weight) => weight.read() as tf.Variable,
  );
  return { head, q: qVariable!, r: rVariable!, other: tf.variable(tf.tensor1d([1, 2])) };
};

const valueOf = (variable: tf.Variable): number => variable.dataSync()[0]!;

const step = (optimizer: tf.Optimizer, { q, r, other }: Variables, slopes: number[]): void => {
  const [dq = 0, dr = 0, dx = 0] = slopes;
  optimizer.minimize(() =>
    tf.addN([tf.mul(q, dq), tf.mul(r, dr), tf.sum(tf.mul(other, dx))]).asScalar(),
  );
};

describe('withIndexRates', () => {
  it('steps q and r at their rates and the others at the rate of the optimizer', () => {
    const all = variables(1.5, 1.6);
    step(withIndexRates(tf.train.sgd(0.5), { q: 0.1, r: 0.01 }), all, [1, 2, 3]);
    expect(valueOf(all.q)).toBeCloseTo(1.5 - 0.1 * 1, 6);
    expect(valueOf(all.r)).toBeCloseTo(1.6 - 0.01 * 2, 6);
    expect([...all.other.dataSync()]).toEqual([1 - 0.5 * 3, 2 - 0.5 * 3]);
  });

  it.each([
    [1e3, 1.01],
    [-1e3, 2],
  ])('keeps q and r in [1.01, 2] when the slope is %f', (slope, bound) => {
    const all = variables(1.5, 1.6);
    const optimizer = withIndexRates(tf.train.sgd(1), { q: 1, r: 1 });
    for (let i = 0; i < 3; i++) step(optimizer, all, [slope, slope, 0]);
    expect(valueOf(all.q)).toBeCloseTo(bound, 6);
    expect(valueOf(all.r)).toBeCloseTo(bound, 6);
  });

  it('leaves the other variables exactly as the optimizer alone does', () => {
    const [mine, plain] = [variables(1.5, 1.5), variables(1.5, 1.5)];
    const wrapped = withIndexRates(tf.train.adam(0.1), { q: 0, r: 0 });
    const alone = tf.train.adam(0.1);
    for (let i = 0; i < 5; i++) {
      step(wrapped, mine, [1, 1, i - 2]);
      step(alone, plain, [1, 1, i - 2]);
    }
    expect(mine.other.dataSync()).toEqual(plain.other.dataSync());
    expect(valueOf(mine.q)).toBe(1.5);
    expect(wrapped.iterations).toBe(5);
  });

  it('takes gradients by name and as a list', () => {
    const all = variables(1.5, 1.5);
    const optimizer = withIndexRates(tf.train.sgd(1), { q: 0.1, r: 0.2 });
    optimizer.applyGradients({ [all.q.name]: tf.scalar(1) });
    optimizer.applyGradients([{ name: all.r.name, tensor: tf.scalar(1) }]);
    expect(valueOf(all.q)).toBeCloseTo(1.4, 6);
    expect(valueOf(all.r)).toBeCloseTo(1.3, 6);
  });

  it('is rebuilt from its configuration', () => {
    const optimizer = withIndexRates(tf.train.adam(0.02, 0.8, 0.99), { q: 1e-3, r: 1e-4 });
    const config = JSON.parse(JSON.stringify(optimizer.getConfig())) as tf.serialization.ConfigDict;
    const again = IndexRateOptimizer.fromConfig<IndexRateOptimizer>(IndexRateOptimizer, config);
    expect(again.getConfig()).toEqual(optimizer.getConfig());
    expect(again.getClassName()).toBe('IndexRates');
    const [a, b] = [variables(1.5, 1.6), variables(1.5, 1.6)];
    step(optimizer, a, [1, 1, 1]);
    step(again, b, [1, 1, 1]);
    expect([a.q, a.r, a.other].map(valueOf)).toEqual([b.q, b.r, b.other].map(valueOf));
  });

  it('goes on from saved weights of its own', async () => {
    const all = variables(1.5, 1.6);
    const optimizer = withIndexRates(tf.train.momentum(0.1, 0.9), { q: 0.01, r: 0.02 });
    step(optimizer, all, [1, 1, 1]);
    const copy = withIndexRates(tf.train.momentum(0.1, 0.9), { q: 0.01, r: 0.02 });
    await copy.setWeights(await optimizer.getWeights());
    const before = [all.q, all.r].map(valueOf);
    step(copy, all, [0, 0, 0]);
    // Without a gradient the accumulated momentum 1 moves on by rate * 0.9.
    expect(valueOf(all.q)).toBeCloseTo(before[0]! - 0.01 * 0.9, 6);
    expect(valueOf(all.r)).toBeCloseTo(before[1]! - 0.02 * 0.9, 6);
  });

  it('refuses rates that are no rates', () => {
    expect(() => withIndexRates(tf.train.sgd(1), { q: -1, r: 0 })).toThrow(
      /rate of q must be finite and >= 0, got -1/,
    );
    expect(() => indexRules({ q: 0, r: NaN })).toThrow(
      /rate of r must be finite and >= 0, got NaN/,
    );
  });
});

describe('indexRules', () => {
  it('names rate and interval of q and r, and nothing of other variables', () => {
    const { q, r, other } = variables(1.5, 1.5);
    const rules = indexRules({ q: 0.1, r: 0.2 });
    expect(rules(q)).toEqual({ learningRate: 0.1, min: 1.01, max: 2 });
    expect(rules(r)).toEqual({ learningRate: 0.2, min: 1.01, max: 2 });
    expect(rules(other)).toBeUndefined();
  });
});
