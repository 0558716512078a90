// The tokenizer: vocabulary, length, lemmas by table, the same ids after JSON, and JSON that is refused.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { englishLemmas } from '../../../models/text-classifier/lexicon.ts';
import { DataError } from '../../../src/schema/index.ts';
import {
  fitTokenizer,
  largestVocabulary,
  paddingId,
  Tokenizer,
  unknownId,
} from '../../../src/text/index.ts';

const lemmas = englishLemmas();
const texts = [
  'The flight was delayed and the flight left late',
  'Delays, delays! My flights leave late',
  'the children were there, they waited for my bags',
  'the child waits for the bag, http://a.b @you 42',
  'http://c.d @me 17 delayed',
];
const tokenizer = fitTokenizer(texts, { lemmas, minCount: 2 });
const again = Tokenizer.parse(JSON.stringify(tokenizer));
const idOf = (word: string): number => tokenizer.encode(word)[0]!;

describe('fitTokenizer', () => {
  it('gives ids by falling count, ties by code unit, after padding and unknown', () => {
    const small = fitTokenizer(['b b b a a c c'], { minCount: 1 });
    expect([small.word(0), small.word(1), small.word(2), small.word(3), small.word(4)]).toEqual([
      undefined,
      undefined,
      'b',
      'a',
      'c',
    ]);
    expect(small.size).toBe(5);
  });

  it('is the same for the texts in another order', () => {
    const other = fitTokenizer([...texts].reverse(), { lemmas, minCount: 2 });
    expect(JSON.stringify(other)).toBe(JSON.stringify(tokenizer));
  });

  it('leaves words below minCount unknown', () => {
    expect(idOf('and')).toBe(unknownId);
    expect(fitTokenizer(texts, { minCount: 1 }).encode('and')[0]).not.toBe(unknownId);
  });

  it('keeps the vocabulary within its size, 7300 at most', () => {
    const many = [Array.from({ length: 20_000 }, (_, i) => `w${i.toString(36)}x`).join(' ')];
    expect(fitTokenizer(many, { minCount: 1 }).size).toBe(largestVocabulary);
    expect(fitTokenizer(many, { minCount: 1, vocabularySize: 10 }).size).toBe(10);
  });

  it.each([
    [20, 20],
    [21, 40],
    [300, 320],
    [5000, 320],
  ])('takes for texts of %i words the length %i', (words, length) => {
    expect(fitTokenizer([Array(words).fill('a').join(' ')]).length).toBe(length);
  });

  it('takes a length that is given', () => {
    expect(fitTokenizer(texts, { length: 7 }).encode('a')).toHaveLength(7);
  });

  it.each([
    [{ vocabularySize: 2 }, /vocabularySize must be an integer in \[3, 7300\], got 2/],
    [{ vocabularySize: 7301 }, /got 7301/],
    [{ length: 0 }, /length must be an integer in \[1, 4096\], got 0/],
    [{ minCount: 1.5 }, /minCount must be an integer/],
  ])('refuses %j', (options, message) => {
    expect(() => fitTokenizer(texts, options)).toThrow(RangeError);
    expect(() => fitTokenizer(texts, options)).toThrow(message);
  });

  it.each([[[]], [['', '...']], [['once']]])('refuses texts without words: %j', (none) => {
    expect(() => fitTokenizer(none)).toThrow(/must have a word that is seen 2 times/);
  });
});

describe('lemmas', () => {
  it.each([
    ['delay', ['delays', 'delayed', 'delaying', 'DELAYED']],
    ['flight', ['flights']],
    ['child', ['children', "children's"]],
    ['leave', ['left', 'leaving']],
    ['be', ['was', 'were', 'been', 'is', 'am', 'are']],
    ['wait', ['waits', 'waited', 'waiting']],
    ['bag', ['bags', 'bagged', 'bagging']],
  ])('%s has the id of its forms, seen or not', (lemma, forms) => {
    expect(idOf(lemma)).toBeGreaterThan(unknownId);
    for (const form of forms) expect([form, idOf(form)]).toEqual([form, idOf(lemma)]);
  });

  it('of folded tokens are the tokens', () => {
    expect(idOf('https://other.example/x')).toBe(idOf('http://a.b'));
    expect(idOf('@someone')).toBe(idOf('@you'));
    expect(idOf('9')).toBe(idOf('42'));
  });

  it('are what the dictionary says of every token whose lemma is in the vocabulary', () => {
    const words = Array.from({ length: tokenizer.size - 2 }, (_, i) => tokenizer.word(i + 2)!);
    const forms = words
      .filter((word) => !word.startsWith('<'))
      .flatMap((word) => [...lemmas.forms(word)].map((form) => [form, word] as const))
      .filter(([form]) => !words.includes(form));
    expect(forms.length).toBeGreaterThan(words.length);
    for (const [form, word] of forms) expect([form, idOf(form)]).toEqual([form, idOf(word)]);
  });
});

describe('encode', () => {
  it('pads short texts with 0 at the end and cuts long ones', () => {
    const ids = tokenizer.encode('the flight');
    expect(ids).toBeInstanceOf(Int32Array);
    expect(ids).toHaveLength(20);
    expect([...ids.subarray(2)]).toEqual(Array<number>(18).fill(paddingId));
    const long = tokenizer.encode('the flight '.repeat(100_000));
    expect([...long]).toEqual(
      Array.from({ length: 20 }, (_, i) => idOf(['the', 'flight'][i % 2]!)),
    );
  });

  it('gives padding alone for a text without tokens', () => {
    expect([...tokenizer.encode('')]).toEqual(Array<number>(20).fill(paddingId));
    expect([...tokenizer.encode(' ... ')]).toEqual(Array<number>(20).fill(paddingId));
  });

  it('gives 1 for words that are unknown, words of Object included', () => {
    expect([...tokenizer.encode('zyx constructor __proto__').subarray(0, 2)]).toEqual([1, 1]);
  });

  it('puts the rows of encodeAll one after another', () => {
    expect([...tokenizer.encodeAll(texts)]).toEqual(texts.flatMap((t) => [...tokenizer.encode(t)]));
    expect(tokenizer.encodeAll([])).toHaveLength(0);
  });

  it('gives ids within the vocabulary, the same after JSON, for any text', () => {
    const word = fc.constantFrom(
      'flight',
      'Flights',
      'delaying',
      '@a',
      'http://x.y',
      ':)',
      '\ud83d',
      '7',
    );
    const text = fc
      .array(fc.oneof(word, fc.string({ unit: 'binary' })))
      .map((all) => all.join(' '));
    fc.assert(
      fc.property(text, (any) => {
        const ids = tokenizer.encode(any);
        expect(again.encode(any)).toEqual(ids);
        for (const id of ids) expect(id >= 0 && id < tokenizer.size).toBe(true);
      }),
    );
  });
});

describe('JSON', () => {
  it('round-trips to the same text', () => {
    expect(JSON.stringify(again)).toBe(JSON.stringify(tokenizer));
    expect([again.size, again.length, again.forms]).toEqual([
      tokenizer.size,
      tokenizer.length,
      tokenizer.forms,
    ]);
  });

  it('does not depend on the endings this version of the package writes', () => {
    const json = {
      ...tokenizer.toJSON(),
      endings: ['/zz'],
      words: 'walk/a run',
      irregular: 'run ran',
    };
    const own = new Tokenizer(json);
    expect([...own.encode('walkzz walk ran walks').subarray(0, 4)]).toEqual([2, 2, 3, 1]);
  });

  it.each([
    ['no object', 7, /JSON must be an object, got 7/],
    ['null', null, /must be an object/],
    ['another format', { format: 'bert' }, /format must be sharmix-tokenizer, got "bert"/],
    ['a newer version', { version: 2 }, /version must be 1, the one this package reads, got 2/],
    ['no length', { length: undefined }, /length must be an integer in \[1, 4096\], got undefined/],
    ['a length of 0', { length: 0 }, /length must be/],
    ['endings that are no list', { endings: '/s' }, /endings must be a list of strings/],
    ['no words', { words: '' }, /words must be a text of words/],
    ['a word twice', { words: 'a b a' }, /words must all differ, got "a"/],
    ['a form twice', { words: 'a/a as' }, /words must all differ, got "as"/],
    ['two spaces', { words: 'a  b' }, /words must all differ, got ""/],
    ['an unknown ending', { words: 'a/~' }, /word "a" must take its endings, got ~/],
    [
      'an ending that does not fit',
      { words: 'walk/f' },
      /word "walk" must take its endings, got f/,
    ],
    [
      'a form of no word',
      { words: 'a', irregular: 'b c' },
      /irregular must be forms of words, got "b"/,
    ],
    ['no irregular forms', { irregular: undefined }, /irregular must be a text of forms/],
    [
      'too many words',
      { words: Array.from({ length: 7299 }, (_, i) => `w${i}`).join(' '), irregular: '' },
      /words must be at most 7298, got 7299/,
    ],
  ])('with %s is refused', (_, change, message) => {
    const json: unknown =
      typeof change === 'object' && change !== null ? { ...tokenizer.toJSON(), ...change } : change;
    expect(() => new Tokenizer(json)).toThrow(DataError);
    expect(() => new Tokenizer(json)).toThrow(message);
  });

  it('that is cut off is refused', () => {
    const text = JSON.stringify(tokenizer);
    expect(() => Tokenizer.parse(text.slice(0, -5))).toThrow(DataError);
  });
});
