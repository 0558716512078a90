// What a classifier's ONNX file carries beside the graph: labels, tokenizer, metrics, seed, version, as JSON under keys of our own.

import { DataError, messageOf } from '../core/errors.ts';
import { Tokenizer } from './tokenizer.ts';

/** Keys in the model's `metadata_props`; each value is JSON. */
export const metadataKeys = {
  labels: 'sharmix.labels',
  tokenizer: 'sharmix.tokenizer',
  metrics: 'sharmix.metrics',
  seed: 'sharmix.seed',
  version: 'sharmix.version',
} as const;

/** Numbers of the training, by name; a group of them may be nested. */
export interface Metrics {
  readonly [name: string]: number | string | null | Metrics;
}

/** The parts of the metadata. */
export interface ClassifierMetadata {
  /** Names of the classes, in the order of the outputs. */
  readonly labels: readonly string[];
  readonly tokenizer: Tokenizer;
  readonly metrics: Metrics;
  /** Of the training. */
  readonly seed: number;
  /** Of the package that trained the model. */
  readonly version: string;
}

const fail = (
  where: string,
  what: string,
  rule: string,
  actual: string,
  cause?: unknown,
): never => {
  throw new DataError({
    where,
    what,
    rule,
    actual,
    hint: 'classifiers are written by `sharmix train` and `sharmix export`',
    cause,
  });
};

/** Checks the names of classes.
 * @throws {DataError} Fewer than two, an empty one, one twice. */
export const checkLabels = (labels: unknown, where: string): readonly string[] => {
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === 'string')) {
    return fail(where, metadataKeys.labels, 'must be a list of strings', typeof labels);
  }
  const list: readonly string[] = labels;
  if (list.length < 2)
    fail(where, metadataKeys.labels, 'must be two at least', String(list.length));
  if (new Set(list).size !== list.length || list.includes('')) {
    fail(where, metadataKeys.labels, 'must differ and not be empty', JSON.stringify(list));
  }
  return list;
};

/** The metadata as the entries of a model's `metadata_props`.
 * @throws {DataError} Labels that are not two different names at least; a seed that is no integer. */
export const writeMetadata = (metadata: ClassifierMetadata): Record<string, string> => {
  const where = 'writeMetadata';
  checkLabels(metadata.labels, where);
  if (!Number.isSafeInteger(metadata.seed)) {
    fail(where, metadataKeys.seed, 'must be an integer', String(metadata.seed));
  }
  return Object.fromEntries(
    (Object.keys(metadataKeys) as (keyof ClassifierMetadata)[]).map((name) => [
      metadataKeys[name],
      JSON.stringify(metadata[name]),
    ]),
  );
};

/** Reads the entries of a model's `metadata_props`.
 * @param where - The file's name, for messages.
 * @throws {DataError} The model is no classifier of this package, or an entry is unusable. */
export const readMetadata = (
  entries: Readonly<Record<string, string | undefined>>,
  where = 'model',
): ClassifierMetadata => {
  const read = (name: keyof ClassifierMetadata): unknown => {
    const key = metadataKeys[name];
    const text = entries[key];
    if (text === undefined) {
      const there = Object.keys(entries);
      const actual = there.length === 0 ? 'no metadata' : `only ${there.join(', ')}`;
      return fail(
        where,
        'the model',
        `must be a text classifier with ${key} in its metadata`,
        actual,
      );
    }
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      return fail(where, key, 'must be JSON', messageOf(cause), cause);
    }
  };
  const labels = checkLabels(read('labels'), where);
  const tokenizer = new Tokenizer(read('tokenizer'));
  const metrics = read('metrics');
  if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)) {
    fail(where, metadataKeys.metrics, 'must be an object', JSON.stringify(metrics));
  }
  const seed = read('seed');
  if (!Number.isSafeInteger(seed)) {
    fail(where, metadataKeys.seed, 'must be an integer', JSON.stringify(seed));
  }
  const version = read('version');
  if (typeof version !== 'string') {
    fail(where, metadataKeys.version, 'must be a string', JSON.stringify(version));
  }
  return {
    labels,
    tokenizer,
    metrics: metrics as Metrics,
    seed: seed as number,
    version: version as string,
  };
};
