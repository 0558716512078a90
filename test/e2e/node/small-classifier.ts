// A classifier of three classes whose weights are chosen by hand: each of a few words speaks for one class.

import * as ort from 'onnxruntime-node';
import { exportModel } from '../../../ops/export.ts';
import { SharMiX } from '../../../ops/train.ts';
import { fitTokenizer, writeMetadata, type Tokenizer } from '../../../src/text/index.ts';
import { loadBackend, MaskedMean, tf } from '../../../src/train/index.ts';

const words: Readonly<Record<string, readonly number[]>> = {
  prize: [4, 0, 0],
  free: [4, 0.5, 0],
  meeting: [0, 4, 0],
  agenda: [0, 4, 0.5],
  recipe: [0, 0, 4],
  cheese: [0.5, 0, 4],
};

/** Names of the classes. */
export const labels: readonly string[] = ['spam', 'work', 'cooking'];

/** How the head stands. */
export const trained = { q: 1.5, r: 1.7, temperature: 1 } as const;

const embeddingsOf = (tokenizer: Tokenizer): tf.Tensor2D => {
  const table = Array.from({ length: tokenizer.size }, () => [0, 0, 0]);
  for (const [word, vector] of Object.entries(words)) {
    table[tokenizer.encode(word)[0]!] = [...vector];
  }
  return tf.tensor2d(table);
};

/** The bytes of the exported classifier. */
export const smallClassifier = async (): Promise<Uint8Array> => {
  await loadBackend({ prefer: 'cpu' });
  const tokenizer = fitTokenizer([Object.keys(words).join(' ')], { minCount: 1, length: 20 });
  const tokens = tf.input({ shape: [tokenizer.length], dtype: 'int32', name: 'tokens' });
  const embedded = tf.layers
    .embedding({
      inputDim: tokenizer.size,
      outputDim: 3,
      maskZero: true,
      weights: [embeddingsOf(tokenizer)],
    })
    .apply(tokens);
  const logits = tf.layers
    .dense({ units: 3, name: 'logits', kernelInitializer: 'identity' })
    .apply(new MaskedMean().apply(embedded));
  const head = new SharMiX({ name: 'probabilities', ...trained });
  const outputs = head.apply(logits) as tf.SymbolicTensor;
  const { bytes } = await exportModel(tf.model({ inputs: tokens, outputs }), {
    ort,
    outputs: ['probabilities', 'logits'],
    metadata: writeMetadata({ labels, tokenizer, metrics: {}, seed: 1, version: '0.0.0' }),
  });
  return bytes;
};
