// Cases of the operators that change, join and cut texts.

import {
  stringConcat,
  stringJoin,
  stringLength,
  stringLower,
  stringSplit,
  stringUpper,
} from '../../../ops/contrib/index.ts';
import type { Tensor } from '../../../src/schema/index.ts';
import { bool, longs, strings, type Case } from './cases.ts';
import { everyCodePoint, randomTexts, texts } from './texts.ts';

const shapes: readonly Readonly<Record<'x', Tensor>>[] = [
  { x: strings(texts()) },
  { x: strings(everyCodePoint()) },
  { x: strings([]) },
];
const others: readonly Readonly<Record<'x', Tensor>>[] = [
  { x: strings(texts(3).slice(0, 48), [2, 3, 8]) },
  { x: strings([], [2, 0, 3]) },
];

const unary: readonly Case[] = [stringLower, stringUpper, stringLength].flatMap((op) => [
  { op, attributes: {}, runs: shapes },
  { op, attributes: {}, runs: others },
  { op, attributes: {}, runs: [{ x: strings(['Scalar É'], []) }] },
]);

const pair = (dims: readonly number[], count: number) => ({
  left: strings(randomTexts(count, 5), dims),
  right: strings(randomTexts(count, 6), dims),
});

const concat: readonly Case[] = [
  {
    op: stringConcat,
    attributes: {},
    runs: [
      { left: strings(texts()), right: strings(texts(300, 2)) },
      pair([0], 0),
      { left: strings(['a', 'b']), right: strings(['c']) },
    ],
  },
  { op: stringConcat, attributes: {}, runs: [pair([3, 4], 12), pair([1, 0], 0)] },
  { op: stringConcat, attributes: {}, runs: [pair([], 1)] },
];

const separators = ['', ' ', ', ', 'é', '中文'];
const join: readonly Case[] = [
  [1],
  [0],
  [7],
  [2, 3],
  [3, 1],
  [1, 3],
  [2, 3, 4],
  [0, 3],
  [2, 2, 2, 2],
  [],
].map((dims, i) => ({
  op: stringJoin,
  attributes: {},
  runs: separators.flatMap((separator) =>
    [-1, 0, 1, 2, 3, 4]
      // The peer reads outside its memory where the axis kept has length 0.
      .filter((axis) => dims[0] !== 0 || axis === 0)
      .map((axis) => ({
        x: strings(
          randomTexts(
            dims.reduce((size, dim) => size * dim, 1),
            i + 10,
          ),
          dims,
        ),
        separator: strings([separator]),
        axis: longs([axis]),
      })),
  ),
}));

const ascii = texts().map((text) => text.replace(/\P{ASCII}/gu, ''));
const split: readonly Case[] = [
  {
    op: stringSplit,
    attributes: {},
    runs: [true, false].flatMap((skip) => [
      ...[' ', ',', ', ;', 'aeiou', '\t\n\r'].map((separator) => ({
        x: strings(texts()),
        separator: strings([separator]),
        skip_empty: bool(skip),
      })),
      { x: strings(ascii), separator: strings(['']), skip_empty: bool(skip) },
      { x: strings([]), separator: strings([',']), skip_empty: bool(skip) },
      { x: strings(['', '', '']), separator: strings([',']), skip_empty: bool(skip) },
      // All bytes of the separator cut, so these texts hold no other character with one of them.
      { x: strings(['aébéc', 'é', 'éé', 'x']), separator: strings(['é']), skip_empty: bool(skip) },
    ]),
  },
  {
    op: stringSplit,
    attributes: {},
    runs: [{ x: strings(['a b'], [1, 1]), separator: strings([' ']), skip_empty: bool(true) }],
  },
];

/** Cases of every operator on texts. */
export const textCases: readonly Case[] = [...unary, ...concat, ...join, ...split];
