// The network: Embedding 128 -> mean of the tokens that are no padding -> Dense logits -> a normaliser.

import { createNormaliser, SharMiX, type Normaliser } from '../../ops/train.ts';
import { DataError } from '../../src/schema/index.ts';
import { MaskedMean, tf } from '../../src/train/index.ts';

/** What the network is made from. */
export interface NetworkOptions {
  /** Ids of the tokenizer. */
  readonly vocabularySize: number;
  /** Tokens of a text. */
  readonly length: number;
  readonly classes: number;
  /** Default sharmix. */
  readonly normaliser?: Normaliser;
  /** Index q, or where its training starts; only of entmax, normmax and sharmix. */
  readonly q?: number;
  /** Index r, or where its training starts; only of sharmix. */
  readonly r?: number;
  /** Of the initial weights. Default 0. */
  readonly seed?: number;
}

/** Width of the embedding. */
const embeddingWidth = 128;

/** A classifier: `tokens` int32 [N, length] to `probabilities` float32 [N, classes], its layer `logits` before the last.
 * @throws {RangeError} An index out of range, or one that the normaliser fixes. */
export const createNetwork = ({
  vocabularySize,
  length,
  classes,
  normaliser = 'sharmix',
  q,
  r,
  seed = 0,
}: NetworkOptions): tf.LayersModel => {
  const tokens = tf.input({ shape: [length], dtype: 'int32', name: 'tokens' });
  const embedding = tf.layers.embedding({
    name: 'embedding',
    inputDim: vocabularySize,
    outputDim: embeddingWidth,
    maskZero: true,
    embeddingsInitializer: tf.initializers.randomUniform({
      minval: -0.05,
      maxval: 0.05,
      seed: 2 * seed,
    }),
  });
  const logits = tf.layers.dense({
    name: 'logits',
    units: classes,
    kernelInitializer: tf.initializers.glorotUniform({ seed: 2 * seed + 1 }),
  });
  const head = createNormaliser(normaliser, {
    name: 'probabilities',
    ...(q === undefined ? {} : { q }),
    ...(r === undefined ? {} : { r }),
  });
  const mean = new MaskedMean({ name: 'mean' }).apply(embedding.apply(tokens));
  const outputs = head.apply(logits.apply(mean)) as tf.SymbolicTensor;
  return tf.model({ inputs: tokens, outputs, name: 'text_classifier' });
};

/** The normaliser layer of a classifier.
 * @throws {DataError} The model is no classifier of this file. */
export const headOf = (model: tf.LayersModel): SharMiX => {
  const head = model.layers.at(-1);
  if (head instanceof SharMiX) return head;
  throw new DataError({
    where: `model ${model.name}`,
    what: 'the last layer',
    rule: 'must be a SharMiX',
    actual: head?.getClassName() ?? 'none',
  });
};
