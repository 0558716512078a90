// A folder of a transformers.js model, made here: a tokenizer of words, a sum of embeddings, and SharMiX for the labels, without
// a function body: only a kernel can run it.

import { sharmix as reference } from '../../ops/sharmix/math/index.ts';
import { sharmix } from '../../ops/index.ts';
import { ModelBuilder } from '../../src/onnx/index.ts';
import { tensor, type BodyValue } from '../../src/schema/index.ts';

const labels = ['spam', 'work', 'friends'] as const;

/** The vocabulary, and what each word says for each label. */
const words: readonly (readonly [string, readonly [number, number, number]])[] = [
  ['[PAD]', [0, 0, 0]],
  ['[UNK]', [0, 0, 0]],
  ['free', [1.25, -0.5, 0.25]],
  ['prize', [1, -0.25, -0.5]],
  ['tomorrow', [-0.5, 0.75, 0.5]],
  ['dinner', [-0.75, -0.25, 1]],
  ['friend', [0.25, -0.5, 0.75]],
];

const q = 1.5;

/** ONNX's number of float32. */
const float32 = 1;

/** input_ids, attention_mask [N, T] -> the sum of the words' rows -> SharMiX -> probabilities [N, 3], and their logarithms as
 * `logits`: the pipeline's own softmax gives the probabilities back, exact zeros included. */
const model = (): Uint8Array => {
  const builder = new ModelBuilder();
  const floats = (name: string, values: readonly number[], dims: readonly number[]): BodyValue =>
    builder.initializer(name, tensor('float32', Float32Array.from(values), dims));
  const ids = builder.input('input_ids', 'int64', ['N', 'T']);
  const mask = builder.input('attention_mask', 'int64', ['N', 'T']);
  const table = words.flatMap(([, row]) => row);
  const rows = builder.op('Gather', [floats('table', table, [words.length, 3]), ids]);
  const last = builder.initializer('last', tensor('int64', BigInt64Array.of(-1n), [1]));
  const first = builder.initializer('first', tensor('int64', BigInt64Array.of(1n), [1]));
  const kept = builder.op('Unsqueeze', [
    builder.op('Cast', [mask], { to: { int: float32 } }),
    last,
  ]);
  const sums = builder.op('ReduceSum', [builder.op('Mul', [rows, kept]), first], {
    keepdims: { int: 0 },
  });
  const { probabilities } = builder.customOp(
    sharmix,
    { logits: sums, q: floats('q', [q], []) },
    {},
    { types: { T: 'float32' }, functionBody: false, outputs: { probabilities: 'probabilities' } },
  );
  // Not Log alone: some GPUs take the logarithm of 0 for a finite number.
  const isZero = builder.op('Equal', [probabilities!, floats('zero', [0], [])]);
  const logs = builder.op('Log', [probabilities!]);
  const minusInfinity = floats('minus_infinity', [-Infinity], []);
  const logits = builder.op('Where', [isZero, minusInfinity, logs], {}, { outputs: ['logits'] });
  builder.output(logits, 'logits', 'float32', ['N', 3]);
  builder.output(probabilities!, 'probabilities', 'float32', ['N', 3]);
  return builder.build();
};

const vocabulary = Object.fromEntries(words.map(([word], id) => [word, id]));

const special = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

/** The model's files by path, below `folder`. */
export const mailModel = (folder: string): Readonly<Record<string, Uint8Array | string>> => {
  const json = (value: unknown): string => JSON.stringify(value, null, 2);
  return {
    [`${folder}/config.json`]: json({
      architectures: ['BertForSequenceClassification'],
      model_type: 'bert',
      id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
    }),
    [`${folder}/tokenizer.json`]: json({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [special(0, '[PAD]'), special(1, '[UNK]')],
      normalizer: { type: 'Lowercase' },
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: null,
      decoder: null,
      model: { type: 'WordLevel', vocab: vocabulary, unk_token: '[UNK]' },
    }),
    [`${folder}/tokenizer_config.json`]: json({
      tokenizer_class: 'PreTrainedTokenizerFast',
      pad_token: '[PAD]',
      unk_token: '[UNK]',
      model_max_length: 64,
    }),
    [`${folder}/onnx/model.onnx`]: model(),
  };
};

/** A label and its probability. */
export interface Score {
  readonly label: string;
  readonly score: number;
}

/** What the pipeline must answer for a text, in float64, by label. */
export const expectedScores = (text: string): Readonly<Record<string, number>> => {
  const rows = text.split(' ').map((word) => words[vocabulary[word] ?? 1]![1]);
  const logits = labels.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0));
  const probabilities = reference(logits, { q });
  return Object.fromEntries(labels.map((label, i) => [label, probabilities[i]!]));
};
