// A small text problem and model for the training tests: the class is decided by which of a few tokens a row holds.

import { MaskedMean, tf, type ClassifierData } from '../../../src/train/index.ts';

/** Rows of 6 token ids out of 40, some of them padding; class c where token 1 + c is there. */
export const tokenProblem = (rows: number, classes = 3): ClassifierData => {
  const length = 6;
  const inputs = new Int32Array(rows * length);
  const labels = new Int32Array(rows);
  let state = 12345;
  const next = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let row = 0; row < rows; row++) {
    labels[row] = next(classes);
    const words = 2 + next(length - 1);
    for (let i = 0; i < words; i++) inputs[row * length + i] = 10 + next(30);
    inputs[row * length + next(words)] = 1 + labels[row]!;
  }
  return { inputs, inputShape: [length], labels, classes };
};

/** Embedding, masked mean, dense logits, then `head` (softmax where none is given). */
export const tokenModel = (classes = 3, head?: tf.layers.Layer): tf.LayersModel => {
  const glorot = (seed: number): ReturnType<typeof tf.initializers.glorotUniform> =>
    tf.initializers.glorotUniform({ seed });
  const tokens = tf.input({ shape: [6], dtype: 'int32' });
  const embedding = tf.layers.embedding({
    inputDim: 40,
    outputDim: 8,
    maskZero: true,
    embeddingsInitializer: glorot(1),
  });
  const logits = tf.layers.dense({ units: classes, kernelInitializer: glorot(2) });
  const mean = new MaskedMean().apply(embedding.apply(tokens)) as tf.SymbolicTensor;
  const normaliser = head ?? tf.layers.softmax();
  const outputs = normaliser.apply(logits.apply(mean)) as tf.SymbolicTensor;
  return tf.model({ inputs: tokens, outputs });
};

/** Copies of all weights. */
export const weightsOf = (model: tf.LayersModel): Float32Array[] =>
  model.weights.map((weight) => weight.read().dataSync<'float32'>().slice());
