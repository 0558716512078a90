// Cases of the operators with tables and vocabularies: VectorToString, StringRegexReplace, BasicTokenizer, WordpieceTokenizer, BertTokenizer.

import {
  basicTokenizer,
  bertTokenizer,
  stringRegexReplace,
  vectorToString,
  wordpieceTokenizer,
} from '../../../ops/contrib/index.ts';
import { longs, strings, type Case } from './cases.ts';
import { everyCodePoint, randomTexts, texts } from './texts.ts';

const bits = (count: number): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** count }, (_, i) =>
    Array.from({ length: count }, (__, bit) => (i >> bit) & 1),
  );

const single = 'a\t1\nb\t-2\n\nlong text\t300\né😀\t9007199254740991\nlast\t1\n';
const pairs = 'left\t0 1\nright\t1 0\nboth\t1  1\n';
const tables: readonly Case[] = [
  ...[single, 'a\t1'].flatMap((map) =>
    [{ map, unk: '?' }, { map }].flatMap((attributes) => [
      {
        op: vectorToString,
        attributes,
        runs: [longs([1, -2, 300, 9007199254740991, 7]), longs([])].map((x) => ({ x })),
      },
      { op: vectorToString, attributes, runs: [{ x: longs([-2], []) }] },
      {
        op: vectorToString,
        attributes,
        runs: [
          { x: longs([1, 2, 3], [3, 1]) },
          { x: longs([1, 2, 3, 4], [2, 2]) },
          { x: longs([], [0, 1]) },
        ],
      },
    ]),
  ),
  {
    op: vectorToString,
    attributes: { map: pairs, unk: 'none' },
    runs: [
      { x: longs([0, 1, 1, 0, 1, 1, 0, 0], [2, 2, 2]) },
      { x: longs([0, 1, 1], [1, 1, 3]) },
      { x: longs([], [2, 0, 2]) },
    ],
  },
  { op: vectorToString, attributes: { map: pairs, unk: 'none' }, runs: [{ x: longs([1, 0]) }] },
  ...['a\t1\nb', 'a\tx', 'a\t+1', 'a\t1\r\nb\t2', 'a b'].map((map) => ({
    op: vectorToString,
    attributes: { map },
    runs: [{ x: longs([1]) }],
  })),
];

const patterns: readonly (readonly [pattern: string, rewrite: string])[] = [
  ['a', 'b'],
  ['', 'x'],
  ['x*', '-'],
  ['\\s+', ' '],
  ['[^\\w\\s]', ''],
  ['(\\w+) (\\w+)', '\\2 \\1'],
  ['(\\w)(x)?', '<\\1\\2>'],
  ['\\d+', '[\\0]'],
  ['^', '> '],
  ['$', ' <'],
  ['(?m)^', '> '],
  ['(?i)[a-f]+', '\\\\'],
  ['\\b', '|'],
  ['.', '.'],
  ['(?s).', '.'],
  ['\\p{L}+', 'L'],
  ['\\p{Greek}', 'G'],
  ['\\pN', 'N'],
  ['\\P{Latin}', '_'],
  ['[[:alpha:]]+|[[:punct:]]', 'P'],
  ['(a|ab)(c|bcd)(d*)', '\\3\\2\\1'],
  ['(a+?)(a*)', '\\2,\\1'],
  ['中|文', '字'],
  ['😀', ':)'],
  ['[😀-🙏]', '😀'],
  ['(?P<word>\\w+)', '\\1\\1'],
  ['(?:un)+', 'UN'],
  ['\\x{4f60}', 'you'],
  ['\\Qa.b\\E|\\.', '\\0\\0'],
  [
    String.raw`def\s+([a-zA-Z_][a-zA-Z_0-9]*)\s*\(\s*\):`,
    String.raw`static PyObject* py_\1(void) {`,
  ],
  ['u{2,3}', 'U'],
  ['z?', '$1'],
];

const regexes: readonly Case[] = [{}, { global_replace: 0 }, { global_replace: 2 }].flatMap(
  (attributes) => [
    {
      op: stringRegexReplace,
      attributes,
      runs: patterns.map(([pattern, rewrite]) => ({
        x: strings([...texts(), 'def myfunc():', 'abcd aaa', 'line\nline\n']),
        pattern: strings([pattern]),
        rewrite: strings([rewrite]),
      })),
    },
    {
      op: stringRegexReplace,
      attributes,
      runs: [
        // \\B matches within the bytes of a character there: ASCII only.
        {
          x: strings(['some words', ' ', 'a-b', 'abc'], [2, 2]),
          pattern: strings(['\\B']),
          rewrite: strings(['|']),
        },
        {
          x: strings(['a', 'b', 'ba', 'aa'], [2, 2]),
          pattern: strings(['a']),
          rewrite: strings(['c']),
        },
      ],
    },
  ],
);

const basicAttributes = [
  'do_lower_case',
  'tokenize_chinese_chars',
  'strip_accents',
  'tokenize_punctuation',
  'remove_control_chars',
];
const basic: readonly Case[] = [
  ...bits(basicAttributes.length).map((values) => ({
    op: basicTokenizer,
    attributes: Object.fromEntries(basicAttributes.map((name, i) => [name, values[i]])),
    runs: [...everyCodePoint().filter((_, i) => i % 8 === 0 || i < 70), ...texts(60)].map(
      (text) => ({ text: strings([text]) }),
    ),
  })),
  {
    op: basicTokenizer,
    attributes: {},
    runs: [
      ...[...texts(), ...everyCodePoint()].map((text) => ({ text: strings([text]) })),
      { text: strings([]) },
      { text: strings(['a', 'b']) },
    ],
  },
  { op: basicTokenizer, attributes: { do_lower_case: 2 }, runs: [{ text: strings(['A Z']) }] },
  { op: basicTokenizer, attributes: {}, runs: [{ text: strings(['A scalar.'], []) }] },
];

/** Pieces a small vocabulary has: letters, some words, parts of words, punctuation, characters of many scripts. */
const pieces: readonly string[] = [
  ...new Set([
    ...Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789.,!?#', (letter) => letter),
    ...Array.from('abcdefghijklmnopqrstuvwxyz0123456789', (letter) => `##${letter}`),
    ...'the quick brown fox hello world un run word it s o clock special a lower new wide'.split(
      ' ',
    ),
    ...'##want ##ed ##ning ##aff ##able ##ord ##est ##er ##un ##é ###'.split(' '),
    ...Array.from('你好世界天今ひカé😀мирпαβ', (letter) => letter),
    ...'中a ##文 привет ##ир éà [ ] < > | / 123'.split(' '),
  ]),
];

const vocabulary = JSON.stringify(Object.fromEntries(pieces.map((piece, i) => [piece, i])));
const wordpieceAttributes = { vocab: vocabulary, suffix_indicator: '##', unknown_token: '[UNK]' };
const rows = (count: number): readonly (readonly number[])[] => [
  [],
  [0],
  [0, 1, 2, count - 1],
  [1, 5],
  [0, count],
];
const wordpiece: readonly Case[] = [
  {},
  { max_input_chars_per_word: 4 },
  { max_input_chars_per_word: 0 },
  { suffix_indicator: '' },
  { suffix_indicator: '@@' },
  { unknown_token: '' },
  { vocab: '{}' },
].flatMap((changed) => [
  {
    op: wordpieceTokenizer,
    attributes: { ...wordpieceAttributes, ...changed },
    runs: rows(texts().length).map((indices) => ({
      x: strings(texts()),
      row_indices: longs(indices),
    })),
  },
  {
    op: wordpieceTokenizer,
    attributes: { ...wordpieceAttributes, ...changed },
    runs: [
      { x: strings(randomTexts(6, 4), [2, 3]), row_indices: longs([]) },
      { x: strings([], [0, 3]), row_indices: longs([]) },
    ],
  },
]);
const badVocabularies: readonly Case[] = ['', 'no', '{"a":}', '[1]', '"a"', '{"a":"b"}'].map(
  (vocab) => ({
    op: wordpieceTokenizer,
    attributes: { ...wordpieceAttributes, vocab },
    runs: [{ x: strings(['a']), row_indices: longs([]) }],
  }),
);

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const lines = [...special, ...pieces].join('\n');
const bertAttributes = ['do_lower_case', 'tokenize_chinese_chars', 'strip_accents'];
const bertRuns = [
  ...texts().map((text) => ({ text: strings([text]) })),
  { text: strings([]) },
  { text: strings(['a', 'b', 'c']) },
];
const others = texts(40);
const bertPairs = others.map((text, i) => ({
  text: strings([text, others[(i * 7) % others.length]!]),
}));
const bert: readonly Case[] = [
  ...bits(bertAttributes.length).map((values) => ({
    op: bertTokenizer,
    attributes: {
      vocab_file: lines,
      ...Object.fromEntries(bertAttributes.map((name, i) => [name, values[i]])),
    },
    runs: bertRuns,
  })),
  ...[
    { vocab_file: lines.replaceAll('\n', '\r\n') },
    { vocab_file: `\n\n${lines}\n\na\nthe\n` },
    { suffix_indicator: '' },
    { unk_token: 'the', cls_token: 'a', sep_token: 'b', pad_token: 'c', mask_token: 'd' },
    ...['longest_first', 'only_first', 'only_second', 'longest_from_back', 'other'].map((name) => ({
      truncation_strategy_name: name,
    })),
  ].map((changed) => ({
    op: bertTokenizer,
    attributes: { vocab_file: lines, ...changed },
    runs: bertRuns,
  })),
  ...special.map((token) => ({
    op: bertTokenizer,
    attributes: { vocab_file: [...special.filter((one) => one !== token), 'a'].join('\n') },
    runs: [{ text: strings(['a']) }],
  })),
  ...['unk', 'sep', 'pad', 'cls', 'mask'].map((name) => ({
    op: bertTokenizer,
    attributes: { vocab_file: lines, [`${name}_token`]: 'nowhere' },
    runs: [{ text: strings(['a']) }],
  })),
  { op: bertTokenizer, attributes: { vocab_file: '' }, runs: [{ text: strings(['a']) }] },
  { op: bertTokenizer, attributes: { vocab_file: lines }, runs: [{ text: strings(['a b'], []) }] },
];
/** Cases whose offsets the peer writes outside its memory (two texts, texts that are cut) or not at all (no basic tokenization): their
 * model has no such output. */
const bertWithoutOffsets: readonly Case[] = [
  ...[-1, 0, 1, 2, 3, 4, 7, 1000].flatMap((length) =>
    ['longest_first', 'only_second'].map((name) => ({
      max_length: length,
      truncation_strategy_name: name,
    })),
  ),
  { do_basic_tokenize: 0 },
  { do_basic_tokenize: 2 },
  { do_basic_tokenize: 0, max_length: 5 },
].map((changed) => ({
  op: bertTokenizer,
  attributes: { vocab_file: lines, ...changed },
  runs: [...bertRuns, ...bertPairs],
  outputs: ['input_ids', 'token_type_ids', 'attention_mask'],
}));

/** Cases of every operator with a table or a vocabulary. */
export const wordCases: readonly Case[] = [
  ...tables,
  ...regexes,
  ...basic,
  ...wordpiece,
  ...badVocabularies,
  ...bert,
  ...bertWithoutOffsets,
];
