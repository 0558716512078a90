// Where the operators of ai.onnx.contrib differ from onnxruntime-extensions on purpose, as ops/contrib/README.md lists it: both sides.

import * as node from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  contrib,
  stringLower,
  stringRegexReplace,
  stringSplit,
  vectorToString,
} from '../../../ops/contrib/index.ts';
import { install } from '../../../src/runtime/index.ts';
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
