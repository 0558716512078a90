// Metrics of a model over rows, batch by batch.

import { batchOf, type ClassifierData } from './classifier-data.ts';
import { crossEntropy, type LossFunction } from './loss-function.ts';
import { MetricsCounter, type ClassifierMetrics } from './metrics.ts';
import { tf } from './tf.ts';

/** Rows, batch size and loss of {@link evaluateClassifier}. */
export interface EvaluateOptions {
  /** Row numbers; default all. */
  readonly rows?: Int32Array;
  readonly batchSize?: number;
  readonly loss?: LossFunction;
}

/** Loss, accuracy, macro-F1, confusion and share of zeros of a model that gives probabilities [rows, classes]. */
export const evaluateClassifier = (
  model: tf.LayersModel,
  data: ClassifierData,
  { rows, batchSize = 256, loss = crossEntropy }: EvaluateOptions = {},
): ClassifierMetrics => {
  const chosen = rows ?? Int32Array.from({ length: data.labels.length }, (_, i) => i);
  const counter = new MetricsCounter(data.classes);
  for (let at = 0; at < chosen.length; at += batchSize) {
    tf.tidy(() => {
      const { x, y, labels } = batchOf(data, chosen.subarray(at, at + batchSize));
      const probabilities = model.apply(x, { training: false }) as tf.Tensor;
      const losses = loss(y, probabilities);
      counter.add(probabilities.dataSync(), labels, losses.dataSync());
    });
  }
  return counter.metrics;
};
