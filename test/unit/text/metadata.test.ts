// The metadata of a classifier: written, read back, and refused where it is none of ours.

import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/schema/index.ts';
import { fitTokenizer, readMetadata, writeMetadata } from '../../../src/text/index.ts';

const tokenizer = fitTokenizer(['good bad good bad']);
const metadata = {
  labels: ['no', 'yes'],
  tokenizer,
  metrics: { test: { accuracy: 0.5 } },
  seed: 3,
  version: '0.1.0',
};
const entries = writeMetadata(metadata);

describe('metadata', () => {
  it('has five keys, each of JSON', () => {
    expect(Object.keys(entries).sort()).toEqual([
      'sharmix.labels',
      'sharmix.metrics',
      'sharmix.seed',
      'sharmix.tokenizer',
      'sharmix.version',
    ]);
    expect(entries['sharmix.labels']).toBe('["no","yes"]');
    expect(entries['sharmix.seed']).toBe('3');
  });

  it('is read as it was written', () => {
    const { tokenizer: own, ...rest } = readMetadata(entries);
    expect(rest).toEqual({
      labels: ['no', 'yes'],
      metrics: metadata.metrics,
      seed: 3,
      version: '0.1.0',
    });
    expect(own.encode('bad good worse')).toEqual(tokenizer.encode('bad good worse'));
  });

  it('of a model that is no classifier is refused, by the file and the missing key', () => {
    expect(() => readMetadata({}, 'resnet.onnx')).toThrow(
      /resnet\.onnx: the model must be a text classifier with sharmix\.labels in its metadata, got no metadata/,
    );
    expect(() => readMetadata({ author: 'me' })).toThrow(/got only author/);
  });

  it.each([
    ['labels', '["a"]', /sharmix\.labels must be two at least, got 1/],
    ['labels', '["a","a"]', /must differ and not be empty/],
    ['labels', '["a",""]', /must differ and not be empty/],
    ['labels', '[1,2]', /must be a list of strings/],
    ['labels', '{', /sharmix\.labels must be JSON/],
    ['tokenizer', '{}', /tokenizer: format must be sharmix-tokenizer/],
    ['metrics', '[]', /sharmix\.metrics must be an object/],
    ['metrics', 'null', /sharmix\.metrics must be an object, got null/],
    ['seed', '0.5', /sharmix\.seed must be an integer, got 0\.5/],
    ['version', '1', /sharmix\.version must be a string, got 1/],
  ])('with %s %s is refused', (name, text, message) => {
    const read = (): unknown => readMetadata({ ...entries, [`sharmix.${name}`]: text });
    expect(read).toThrow(DataError);
    expect(read).toThrow(message);
  });

  it('is not written with labels or a seed that could not be read', () => {
    expect(() => writeMetadata({ ...metadata, labels: ['a', 'a'] })).toThrow(/must differ/);
    expect(() => writeMetadata({ ...metadata, seed: Number.NaN })).toThrow(/must be an integer/);
  });
});
