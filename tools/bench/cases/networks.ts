// The networks the cases time: the text classifier's, with SharMiX and with a stock softmax on the same weights, and rows of tokens.

import { createNetwork } from '../../../models/text-classifier/model.ts';
import { tf } from '../../../src/train/index.ts';

/** Sizes of the airline corpus in the paper: vocabulary, tokens of a text, classes. */
export const sizes = { vocabularySize: 7300, length: 20, classes: 3 } as const;

/** Scales the logits of untrained weights to a spread of about 1.5. */
const logitScale = 10;

/** The classifier with a SharMiX head of fixed start q = 1.5, r = 1.75. */
export const sharmixNetwork = (): tf.LayersModel => {
  const model = createNetwork({ ...sizes, normaliser: 'sharmix', q: 1.5, r: 1.75 });
  const [kernel, bias] = model.getLayer('logits').getWeights();
  model.getLayer('logits').setWeights([tf.mul(kernel!, logitScale), bias!]);
  return model;
};

/** The same layers and weights with tfjs's own softmax in SharMiX's place. */
export const softmaxNetwork = (): tf.LayersModel => {
  const model = sharmixNetwork();
  const outputs = tf.layers
    .activation({ activation: 'softmax', name: 'softmax' })
    .apply(model.getLayer('logits').output) as tf.SymbolicTensor;
  return tf.model({ inputs: model.inputs, outputs });
};

/** Token ids of `rows` texts, from a generator with a fixed start. */
export const tokenRows = (rows: number): Int32Array => {
  let state = 1;
  return Int32Array.from({ length: rows * sizes.length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 2 + (state % (sizes.vocabularySize - 2));
  });
};
