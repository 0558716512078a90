// The SharMiX layer and its loss: round trip, values and gradients against the float64 reference, several passes, other axes.

import { beforeAll, describe, expect, it } from 'vitest';
import { indexRules, SharMiX, withIndexRates } from '../../../ops/sharmix/train/index.ts';
import { sharmix, sharmixLoss, sharmixVjp } from '../../../ops/sharmix/math/index.ts';
import { fitClassifier, loadBackend, tf } from '../../../src/train/index.ts';
import { tokenModel, tokenProblem } from './small-model.ts';

beforeAll(async () => {
  await loadBackend({ prefer: 'tensorflow' });
});

const rows = [
  [0.4, -1.2, 2.1],
  [3, 0.1, -0.5],
  [0.2, 0.3, 0.1],
].map((row) => row.map(Math.fround));
const targets = [
  [0, 1, 0],
  [1, 0, 0],
  [0.2, 0.5, 0.3],
];

const modelOf = (head: tf.layers.Layer): tf.LayersModel => {
  const inputs = tf.input({ shape: [3] });
  return tf.model({ inputs, outputs: head.apply(inputs) as tf.SymbolicTensor });
};

const close = (
  actual: ArrayLike<number>,
  expected: readonly number[] | Float64Array,
  within: number,
): void => {
  expect(actual).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThanOrEqual(within);
  }
};

describe('SharMiX layer', () => {
  it.each([
    { q: 1, r: 1 },
    { q: 1.5, r: 1.25, temperature: 0.7 },
    { q: 2, r: 2 },
    { q: 1.3, r: 1.8, coupling: 'entmax' as const },
  ])('gives the probabilities of the reference for %o', (options) => {
    const p = modelOf(new SharMiX(options)).predict(tf.tensor2d(rows)) as tf.Tensor;
    const at = { ...options, q: Math.fround(options.q), r: Math.fround(options.r) };
    close(
      p.dataSync(),
      rows.flatMap((row) => [...sharmix(row, at)]),
      1e-6,
    );
  });

  it('gives the vector-Jacobian product of the reference for logits, q and r', () => {
    const head = new SharMiX({ q: 1.5, r: 1.75, learnable: true });
    const model = modelOf(head);
    const weights = tf.tensor2d([
      [1, -2, 0.5],
      [0.3, 1, 2],
      [-1, 0.2, 0.7],
    ]);
    const { grads } = tf.variableGrads(() =>
      tf.sum(tf.mul(model.apply(tf.tensor2d(rows)) as tf.Tensor, weights)),
    );
    const vjps = rows.map((row, i) =>
      sharmixVjp(row, weights.arraySync()[i]!, { q: 1.5, r: 1.75 }),
    );
    const sum = (name: 'dq' | 'dr'): number => vjps.reduce((total, vjp) => total + vjp[name], 0);
    const gradOf = (name: string): number =>
      Object.entries(grads)
        .find(([key]) => key.includes(`/${name}`))![1]
        .dataSync()[0]!;
    expect(gradOf('q')).toBeCloseTo(sum('dq'), 5);
    expect(gradOf('r')).toBeCloseTo(sum('dr'), 5);
    const dz = tf.grad((z) => tf.sum(tf.mul(model.apply(z) as tf.Tensor, weights)))(
      tf.tensor2d(rows),
    );
    close(
      dz.dataSync(),
      vjps.flatMap((vjp) => [...vjp.dz]),
      1e-5,
    );
  });

  it('saves and loads with its options and its weights', async () => {
    const head = new SharMiX({ q: 1.4, r: 1.6, learnable: 'q', temperature: 0.5, name: 'head' });
    const model = modelOf(head);
    model.setWeights([tf.scalar(1.3), tf.scalar(1.7)]);
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return {
          modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const },
        };
      }),
    );
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    expect(loaded.getLayer('head').getConfig()).toEqual(head.getConfig());
    expect(loaded.trainableWeights).toHaveLength(1);
    expect(saved!.weightSpecs!.map(({ name }) => name)).toEqual(['head/q', 'head/r']);
    const x = tf.tensor2d(rows);
    expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(
      (model.predict(x) as tf.Tensor).dataSync(),
    );
    expect((loaded.getLayer('head') as SharMiX).q).toBeCloseTo(1.3, 6);
  });

  it('works along any axis, in output and loss', () => {
    const z = tf.tensor3d([rows, rows.map((row) => row.map((v) => -v))]);
    const y = tf.tensor3d([targets, targets]);
    const run = (axis: number, perm: number[]): [Float32Array, Float32Array, Float32Array] => {
      const inputs = tf.input({ shape: [3, 3] });
      const head = new SharMiX({ q: 1.5, axis });
      const model = tf.model({ inputs, outputs: head.apply(inputs) as tf.SymbolicTensor });
      const loss = head.loss();
      const [yt, zt] = [tf.transpose(y, perm), tf.transpose(z, perm)];
      const f = (x: tf.Tensor): tf.Tensor => loss(yt, model.apply(x) as tf.Tensor);
      const { value, grad } = tf.valueAndGrad((x) => tf.sum(f(x)))(zt);
      expect(f(zt).shape).toEqual([2, 3]);
      const p = tf.transpose(model.predict(zt) as tf.Tensor, perm);
      const back = tf.transpose(grad, perm);
      return [p.dataSync<'float32'>(), back.dataSync<'float32'>(), value.dataSync<'float32'>()];
    };
    const last = run(-1, [0, 1, 2]);
    const middle = run(1, [0, 2, 1]);
    expect(middle).toEqual(last);
    expect(run(-2, [0, 2, 1])).toEqual(last);
  });

  it.each([
    [{ q: 0.9 }, /q must be in \[1, 2\], got 0.9/],
    [{ r: 4.5 }, /r must be in \[1, 4\], got 4.5/],
    [{ q: 1, learnable: true }, /a learnable q must start in \[1.01, 2\], got 1/],
    [{ temperature: 0 }, /temperature must be finite and > 0, got 0/],
  ])('refuses %o', (options, message) => {
    expect(() => new SharMiX(options)).toThrow(message);
  });
});

describe('loss of a SharMiX layer', () => {
  const options = { q: 1.5, r: 1.75, temperature: 0.8 };

  const lossesAndGrads = (): { value: number[]; dz: number[]; dq: number; dr: number } => {
    const expected = rows.map((row, i) => sharmixLoss(row, targets[i]!, options));
    return {
      value: expected.map(({ loss }) => loss),
      dz: expected.flatMap(({ dz }) => [...dz]),
      dq: expected.reduce((sum, { dq }) => sum + dq, 0),
      dr: expected.reduce((sum, { dr }) => sum + dr, 0),
    };
  };

  it('has the value and the gradients of the reference', () => {
    const head = new SharMiX({ ...options, learnable: true });
    const model = modelOf(head);
    const loss = head.loss();
    const y = tf.tensor2d(targets);
    const expected = lossesAndGrads();
    const value = loss(y, model.apply(tf.tensor2d(rows)) as tf.Tensor);
    expect(value.shape).toEqual([3]);
    close(value.dataSync(), expected.value, 1e-6);
    const f = (z: tf.Tensor): tf.Scalar => tf.sum(loss(y, model.apply(z) as tf.Tensor));
    close(tf.grad(f)(tf.tensor2d(rows)).dataSync(), expected.dz, 1e-6);
    const { grads } = tf.variableGrads(() => f(tf.tensor2d(rows)));
    const [dq, dr] = Object.values(grads).map((grad) => grad.dataSync()[0]!);
    expect(dq).toBeCloseTo(expected.dq, 5);
    expect(dr).toBeCloseTo(expected.dr, 5);
  });

  it('weighs each row by the gradient that comes back to it', () => {
    const head = new SharMiX(options);
    const model = modelOf(head);
    const weights = [2, 0, -3];
    const f = (z: tf.Tensor): tf.Scalar =>
      tf.sum(tf.mul(head.loss()(tf.tensor2d(targets), model.apply(z) as tf.Tensor), weights));
    const { dz } = lossesAndGrads();
    close(
      tf.grad(f)(tf.tensor2d(rows)).dataSync(),
      dz.map((v, i) => v * weights[Math.floor(i / 3)]!),
      3e-6,
    );
  });

  it('keeps apart two passes and a predict between them', () => {
    const head = new SharMiX(options);
    const model = modelOf(head);
    const loss = head.loss();
    const first = model.apply(tf.tensor2d(rows)) as tf.Tensor;
    const second = model.apply(tf.neg(tf.tensor2d(rows))) as tf.Tensor;
    model.predict(tf.zeros([1, 3]));
    const expected = (sign: number): number[] =>
      rows.map(
        (row, i) =>
          sharmixLoss(
            row.map((v) => sign * v),
            targets[i]!,
            options,
          ).loss,
      );
    close(loss(tf.tensor2d(targets), first).dataSync(), expected(1), 1e-6);
    close(loss(tf.tensor2d(targets), second).dataSync(), expected(-1), 1e-6);
  });

  it('refuses a tensor that is not its own, and targets of another shape', () => {
    const head = new SharMiX(options);
    const model = modelOf(head);
    const loss = head.loss();
    expect(() => loss(tf.tensor2d(targets), tf.tensor2d(rows))).toThrow(/the very tensor/);
    const p = model.apply(tf.tensor2d(rows)) as tf.Tensor;
    expect(() => loss(tf.tensor1d([0, 1, 2]), p)).toThrow(/shaped as the logits, \[3, 3\]/);
  });

  it('trains in model.fit, is evaluated by model.evaluate, and frees all tensors', async () => {
    const head = new SharMiX({ learnable: true });
    const model = tokenModel(3, head);
    const optimizer = withIndexRates(tf.train.adam(0.02), { q: 1e-2, r: 1e-2 });
    model.compile({ optimizer, loss: head.loss(), metrics: ['accuracy'] });
    const { inputs, labels } = tokenProblem(320);
    const x = tf.tensor2d(inputs, [320, 6], 'int32');
    const y = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), 3);
    const fit = (epochs: number): Promise<tf.History> =>
      model.fit(x, y, { epochs, batchSize: 32, verbose: 0, shuffle: false });
    const [before] = model.evaluate(x, y) as tf.Scalar[];
    await fit(1);
    const { numTensors, numDataBuffers } = tf.memory();
    await fit(10);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    const [after, accuracy] = model.evaluate(x, y) as tf.Scalar[];
    expect(after!.dataSync()[0]).toBeLessThan(before!.dataSync()[0]! / 3);
    expect(accuracy!.dataSync()[0]).toBeGreaterThan(0.95);
    expect(head.q).not.toBe(1.5);
    expect(head.r).not.toBe(1.5);
  });

  it('trains in fitClassifier, with q and r at their rates', async () => {
    const head = new SharMiX({ learnable: true });
    const model = tokenModel(3, head);
    const { best, history } = await fitClassifier(model, tokenProblem(300), {
      epochs: 20,
      batchSize: 16,
      learningRate: 0.02,
      loss: head.loss(),
      rules: indexRules({ q: 1e-2, r: 1e-2 }),
      watch: () => ({ q: head.q, r: head.r }),
      patience: Infinity,
    });
    expect(best.validation?.accuracy).toBeGreaterThan(0.95);
    const { q, r } = history.at(-1)!.watched;
    for (const index of [q!, r!]) {
      expect(index).not.toBe(1.5);
      expect(index).toBeGreaterThanOrEqual(Math.fround(1.01));
      expect(index).toBeLessThanOrEqual(2);
    }
  });
});
