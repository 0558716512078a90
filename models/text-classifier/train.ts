// trainTextClassifier: labelled texts to a trained network, with its tokenizer and its metrics on training and test texts.

import { indexRules } from '../../ops/train.ts';
import {
  evaluateClassifier,
  fitClassifier,
  type ClassifierMetrics,
  type ProgressListener,
  type tf,
} from '../../src/train/index.ts';
import type { LemmaSource, Tokenizer } from '../../src/text/index.ts';
import { resolveConfig, type TrainConfig } from './config.ts';
import { prepareTexts, type LabelledTexts } from './data.ts';
import { englishLemmas } from './lexicon.ts';
import { createNetwork, headOf } from './model.ts';

/** Metrics of one part. */
export interface PartMetrics {
  readonly rows: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly macroF1: number;
  /** Share of the probabilities that are exactly 0. */
  readonly zeros: number;
}

/** What a training came to. */
export interface TrainMetrics {
  /** The rows that were learned from, without the validation rows. */
  readonly train: PartMetrics;
  readonly validation: PartMetrics;
  /** The rows that were held out from the beginning. */
  readonly test: PartMetrics;
  readonly q: number;
  readonly r: number;
  /** Epochs that were run, and the one whose weights the model has. */
  readonly epochs: number;
  readonly bestEpoch: number;
}

/** A trained classifier: what a run folder holds. */
export interface TrainedClassifier {
  readonly model: tf.LayersModel;
  readonly tokenizer: Tokenizer;
  readonly labels: readonly string[];
  readonly metrics: TrainMetrics;
  readonly seed: number;
  readonly config: TrainConfig;
}

/** Data, options and listeners of a training. */
export interface TrainOptions extends Partial<TrainConfig> {
  readonly data: LabelledTexts;
  /** Default: English, from wink-lemmatizer. */
  readonly lemmas?: LemmaSource;
  /** Path of the checkpoint, written before the first epoch and after each. */
  readonly checkpoint?: string;
  /** Go on from the checkpoint where there is one. */
  readonly resume?: boolean;
  /** Stops between two batches; the checkpoint stays. */
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

const partOf = (rows: number, metrics: ClassifierMetrics): PartMetrics => {
  const { loss, accuracy, macroF1, zeros } = metrics;
  return { rows, loss, accuracy, macroF1, zeros };
};

/** Trains: a test part is set aside, the tokenizer is fitted on the rest, `fitClassifier` trains on it with the Fenchel-Young loss
 * of the normaliser (cross-entropy for softmax), and every part is evaluated with the weights of the best epoch.
 *
 * Load a backend first (`loadBackend`). Same data, options and backend: same weights. The same seed gives the same parts whatever
 * the normaliser.
 * @throws {DataError} Data that cannot be learned from; a checkpoint of another run, or one that cannot be written.
 *   {RangeError} An option out of range. Also the signal's reason; the checkpoint stays. */
export const trainTextClassifier = async (options: TrainOptions): Promise<TrainedClassifier> => {
  const config = resolveConfig(options);
  const { seed, normaliser, q, r, epochs, batchSize, learningRate, patience, indexRate } = config;
  const lemmas = options.lemmas ?? englishLemmas();
  const { tokenizer, labels, train, trainKeys, test } = prepareTexts(options.data, {
    seed,
    lemmas,
    ...(config.length === undefined ? {} : { length: config.length }),
  });
  const model = createNetwork({
    vocabularySize: tokenizer.size,
    length: tokenizer.length,
    classes: labels.length,
    normaliser,
    seed,
    ...(q === undefined ? {} : { q }),
    ...(r === undefined ? {} : { r }),
  });
  const head = headOf(model);
  const loss = head.loss();
  const { best, history, split } = await fitClassifier(model, train, {
    epochs,
    batchSize,
    learningRate,
    patience,
    seed,
    loss,
    duplicateKeys: trainKeys,
    rules: indexRules({ q: indexRate, r: indexRate }),
    watch: () => ({ q: head.q, r: head.r }),
    ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
    ...(options.resume === undefined ? {} : { resume: options.resume }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });
  const evaluate = (data: typeof train, rows?: Int32Array): PartMetrics =>
    partOf(
      rows?.length ?? data.labels.length,
      evaluateClassifier(model, data, rows === undefined ? { loss } : { rows, loss }),
    );
  return {
    model,
    tokenizer,
    labels,
    seed,
    config,
    metrics: {
      train: evaluate(train, split.train),
      validation: evaluate(train, split.validation),
      test: evaluate(test),
      q: head.q,
      r: head.r,
      epochs: history.length,
      bestEpoch: best.epoch,
    },
  };
};
