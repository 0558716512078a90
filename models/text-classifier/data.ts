// Labelled texts, and how they are split: duplicates on one side, every class on both, the tokenizer fitted on the training part.

import { DataError } from '../../src/schema/index.ts';
import { fitTokenizer, tokensOf, type LemmaSource, type Tokenizer } from '../../src/text/index.ts';
import { stratifiedSplit, type ClassifierData } from '../../src/train/index.ts';
import { readCsv } from './csv.ts';

/** Texts and the name of each one's class. */
export interface LabelledTexts {
  /** File or package, for messages. */
  readonly where: string;
  readonly texts: readonly string[];
  readonly labels: readonly string[];
}

/** Texts as token ids, in two parts. */
export interface TextData {
  readonly tokenizer: Tokenizer;
  /** In order of the model's outputs. */
  readonly labels: readonly string[];
  readonly train: ClassifierData;
  /** Rows of equal key are duplicates. */
  readonly trainKeys: readonly string[];
  readonly test: ClassifierData;
}

/** How texts are prepared. */
export interface PrepareOptions {
  /** Share of each class for the test, in (0, 1). Default 0.2. */
  readonly testFraction?: number;
  readonly seed?: number;
  /** Tokens a text is cut or padded to; default: chosen from the training texts. */
  readonly length?: number;
  readonly lemmas?: LemmaSource;
}

/** Reads labelled texts from a CSV file.
 * @throws {DataError} As {@link readCsv}; a row without a label. */
export const readLabelledCsv = async (
  path: string,
  columns: { readonly text: string; readonly label: string },
): Promise<LabelledTexts> => {
  const texts: string[] = [];
  const labels: string[] = [];
  for await (const { line, values } of readCsv(path, [columns.text, columns.label])) {
    const [text = '', label = ''] = values;
    if (label === '') {
      throw new DataError({
        where: path,
        what: `the label of the row at line ${line}`,
        rule: 'must not be empty',
      });
    }
    texts.push(text);
    labels.push(label);
  }
  return { where: path, texts, labels };
};

/** The labels, each once, in the order of their UTF-16 units.
 * @throws {DataError} No rows; fewer than two labels; a label that stands on one text alone. */
export const labelsOf = ({ where, labels }: LabelledTexts): string[] => {
  if (labels.length === 0) {
    throw new DataError({ where, what: 'the data', rule: 'must have rows', actual: 'none' });
  }
  const names = [...new Set(labels)].sort();
  if (names.length < 2) {
    throw new DataError({
      where,
      what: 'the labels',
      rule: 'must be of two classes at least',
      actual: `only ${JSON.stringify(names[0])}`,
      hint: 'check the column of the labels',
    });
  }
  const most = 1000;
  if (names.length > most) {
    throw new DataError({
      where,
      what: 'the labels',
      rule: `must be at most ${most} classes`,
      actual: String(names.length),
      hint: 'check that the column of the labels holds classes',
    });
  }
  return names;
};

const pick = <T>(values: readonly T[], rows: Int32Array): T[] =>
  Array.from(rows, (row) => values[row]!);

/** Splits, fits the tokenizer on the training part, and turns both parts into token ids.
 *
 * Texts of equal tokens (upper or lower case, spaces and mentions aside) are duplicates and stay on one side.
 * @throws {DataError} The data has no rows, one class, or no words; a class has no two different texts. */
export const prepareTexts = (
  data: LabelledTexts,
  { testFraction = 0.2, seed = 0, length, lemmas }: PrepareOptions = {},
): TextData => {
  const names = labelsOf(data);
  const ids = new Map(names.map((name, id) => [name, id]));
  const labels = Int32Array.from(data.labels, (label) => ids.get(label)!);
  const keys = data.texts.map((text) => tokensOf(text).join(' '));
  const split = stratifiedSplit({ labels, keys, fraction: testFraction, seed });
  for (const [part, rows] of [
    ['training', split.train],
    ['test', split.validation],
  ] as const) {
    const there = new Set(Array.from(rows, (row) => labels[row]!));
    const missing = names.find((_, id) => !there.has(id));
    if (missing === undefined) continue;
    throw new DataError({
      where: data.where,
      what: `the class ${JSON.stringify(missing)}`,
      rule: `must have two different texts at least, one of them for the ${part} part`,
      actual: `${data.labels.filter((label) => label === missing).length} rows`,
    });
  }
  const trainTexts = pick(data.texts, split.train);
  const tokenizer = fitTokenizer(trainTexts, {
    ...(length === undefined ? {} : { length }),
    ...(lemmas === undefined ? {} : { lemmas }),
  });
  const rowsOf = (texts: readonly string[], rows: Int32Array): ClassifierData => ({
    inputs: tokenizer.encodeAll(texts),
    inputShape: [tokenizer.length],
    labels: rows.map((row) => labels[row]!),
    classes: names.length,
  });
  return {
    tokenizer,
    labels: names,
    train: rowsOf(trainTexts, split.train),
    trainKeys: pick(keys, split.train),
    test: rowsOf(pick(data.texts, split.validation), split.validation),
  };
};
