// Losses as tfjs knows them, and the default one.

import { tf } from './tf.ts';

/** A loss of tfjs: targets and the model's output to one value a row. `model.compile` takes it too. */
export type LossFunction = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor;

/** Cross-entropy of probabilities with one-hot or soft targets, one value a row. */
export const crossEntropy: LossFunction = (yTrue, yPred) =>
  tf.metrics.categoricalCrossentropy(yTrue, yPred);
