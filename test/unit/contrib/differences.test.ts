// Where the operators of ai.onnx.contrib differ from onnxruntime-extensions on purpose, as ops/contrib/README.md lists it: both sides.

import * as node from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  clipTokenizer,
  contrib,
  gpt2Tokenizer,
  stringLower,
  stringRegexReplace,
  stringSplit,
  vectorToString,
  wordpieceTokenizer,
} from '../../../ops/contrib/index.ts';
import { install } from '../../../src/runtime/index.ts';
import { int, type OpDefinition } from '../../../src/schema/index.ts';
import { bool, longs, strings, type Case } from './cases.ts';
import { ourAnswers, peerAnswers, type Answer } from './peer.ts';

install(node, { ops: [contrib] });

const replace = (text: string, pattern: string, rewrite: string): Case => ({
  op: stringRegexReplace,
  attributes: {},
  runs: [{ x: strings([text]), pattern: strings([pattern]), rewrite: strings([rewrite]) }],
});

const cut = (text: string, separator: string): Case => ({
  op: stringSplit,
  attributes: {},
  runs: [{ x: strings([text]), separator: strings([separator]), skip_empty: bool(false) }],
});

/** The first output's data, or the message of what failed. */
const result = (answer: Answer): unknown => {
  if ('error' in answer) return answer.error;
  const [run] = answer.runs;
  return 'error' in run! ? run.error : Object.values(run!.outputs)[0]!.data;
};

const letters = ['a', 'b', 'c', 'c</w>', 'b</w>', '<|startoftext|>', '<|endoftext|>', '-', '-</w>'];
const ids = {
  vocab: JSON.stringify(Object.fromEntries(letters.map((letter, id) => [letter, id]))),
  merges: 'x y',
};

const encode = (
  op: OpDefinition,
  text: readonly string[],
  more: Case['attributes'] = {},
): Case => ({
  op,
  attributes: { ...ids, ...more },
  runs: [{ text: strings(text) }],
  outputs: ['input_ids'],
});

/** StringLower for a builder that lets an attribute through. */
const withExtra: OpDefinition = {
  ...stringLower,
  schema: { ...stringLower.schema, attributes: { extra: int() } },
};

const unknown = 0xff_ff_ff_ff;

const notUtf8 = /codec can't decode/;

interface Difference {
  readonly name: string;
  readonly one: Case;
  readonly theirs: unknown;
  readonly ours: unknown;
}

const differences: readonly Difference[] = [
  {
    name: 'a NUL within a text: the end of it there (fed from Python)',
    one: { op: stringLower, attributes: {}, runs: [{ x: strings(['A\0B']) }] },
    theirs: ['a'],
    ours: ['a\0b'],
  },
  {
    name: 'pieces of StringSplit that would be no UTF-8, separator empty: refused here',
    one: cut('é', ''),
    theirs: expect.stringMatching(notUtf8),
    ours: expect.stringMatching(/text "é" must be ASCII/),
  },
  {
    name: 'pieces of StringSplit that would be no UTF-8, separator not ASCII: refused here',
    one: cut('è', 'é'),
    theirs: expect.stringMatching(notUtf8),
    ours: expect.stringMatching(/text "è" must not be cut within a character/),
  },
  {
    name: String.raw`\B between the bytes of a character: only between characters here`,
    one: replace('xé', String.raw`\B`, '|'),
    theirs: expect.stringMatching(notUtf8),
    ours: ['xé|'],
  },
  {
    name: 'a pattern that is no regular expression: refused here, no change there',
    one: replace('abc', '(', '-'),
    theirs: ['abc'],
    ours: expect.stringMatching(/input pattern must be a regular expression of RE2, got "\("/),
  },
  {
    name: 'a rewrite with a group the pattern lacks: refused here, no change there',
    one: replace('abc', '(b)', String.raw`\2`),
    theirs: ['abc'],
    ours: expect.stringMatching(/input rewrite may hold/),
  },
  {
    name: 'a rewrite with a backslash before a letter: refused here, half a change there',
    one: replace('abc', 'b', String.raw`x\q`),
    theirs: ['axc'],
    ours: expect.stringMatching(/input rewrite may hold/),
  },
  {
    name: 'vectors of several lengths in the map of VectorToString: refused here',
    one: { op: vectorToString, attributes: { map: 'a\t1\nb\t1 2' }, runs: [{ x: longs([9]) }] },
    theirs: [''],
    ours: expect.stringMatching(/attribute map must hold vectors of 1 integers/),
  },
  {
    name: 'the last character after the beginning of an added token: lost there',
    one: encode(gpt2Tokenizer, ['cab'], { added_token: 'ax=9' }),
    theirs: [2, 0],
    ours: [2, 0, 1],
  },
  {
    name: 'several texts cut to padding_length with an end: each begins where the last one ended there',
    one: encode(clipTokenizer, ['ab', 'ab'], { padding_length: 2 }),
    theirs: [5, 0, 6, 5],
    ours: [5, 0, 5, 0],
  },
  {
    name: 'letters newer than Unicode 13: no letters there, so they do not end a chunk',
    one: encode(clipTokenizer, ['-\u0870']),
    theirs: [5, 7, unknown, 6],
    ours: [5, 8, unknown, 6],
  },
  {
    name: 'an attribute the operator does not have: refused here, ignored there',
    one: { op: withExtra, attributes: { extra: 1 }, runs: [{ x: strings(['A']) }] },
    theirs: ['a'],
    ours: expect.stringMatching(/attribute extra is not in the schema/),
  },
  {
    name: 'the cuts of Llama: refused here',
    one: encode(gpt2Tokenizer, ['b'], { model_name: 'Llama' }),
    theirs: [6, 1, 6],
    ours: expect.stringMatching(/attribute model_name must be another/),
  },
];

const peer = await peerAnswers(differences.map(({ one }) => one));

describe('what differs from onnxruntime-extensions', () => {
  it.each(differences.map((difference, i) => ({ ...difference, answer: peer[i]! })))(
    '$name',
    async ({ one, theirs, ours, answer }) => {
      expect(result(answer)).toEqual(theirs);
      expect(result(await ourAnswers(node, one))).toEqual(ours);
    },
  );
});

/** Cases that end the process of onnxruntime-extensions. */
const fatal: readonly (readonly [name: string, one: Case, ours: unknown])[] = [
  [
    'a space beside a special token of CLIP',
    encode(clipTokenizer, ['b <|endoftext|> c']),
    [5, 4, 6, 3, 6],
  ],
  [
    'ids above the size of the vocabulary',
    encode(gpt2Tokenizer, ['a<|endoftext|>'], { vocab: '{"a":1000}' }),
    [1000, 1],
  ],
  [
    'row_indices of rank 0',
    {
      op: wordpieceTokenizer,
      attributes: { vocab: '{}', suffix_indicator: '##', unknown_token: '?' },
      runs: [{ x: strings(['a']), row_indices: longs([0], []) }],
    },
    expect.stringMatching(/input row_indices must have rank 1, got rank 0/),
  ],
];

describe('what onnxruntime-extensions does not survive', () => {
  it.each(fatal)('%s', async (_, one, ours) => {
    expect(result(await ourAnswers(node, one))).toEqual(ours);
  });
});
