// ai.onnx.contrib@1::WordpieceTokenizer: words cut into the pieces of a vocabulary, as rows of a ragged tensor.

import {
  defineOp,
  int,
  ShapeError,
  string,
  type OpDefinition,
  type Tensor,
} from '../../src/schema/index.ts';
import {
  common,
  dataError,
  int64Tensor,
  label,
  oncePerNode,
  textsOf,
  textTensor,
} from './common.ts';
import { piecesOf } from './words.ts';

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    return dataError('WordpieceTokenizer', 'attribute vocab', 'must be JSON', { cause });
  }
};

const vocabularyOf = oncePerNode(({ vocab }: { readonly vocab: string }): ReadonlySet<string> => {
  const parsed = parse(vocab);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return dataError('WordpieceTokenizer', 'attribute vocab', 'must be an object of pieces');
  }
  for (const [piece, id] of Object.entries(parsed)) {
    if (Number.isInteger(id)) continue;
    dataError('WordpieceTokenizer', 'attribute vocab', 'must have a whole number for each piece', {
      actual: `${JSON.stringify(id)} for ${JSON.stringify(piece)}`,
    });
  }
  return new Set(Object.keys(parsed));
});

/** Texts at which a row begins: every one where `row_indices` is empty. */
const rowStarts = (rows: Tensor): ((text: number) => boolean) => {
  if (rows.dims.length === 0) {
    throw new ShapeError({
      where: label('WordpieceTokenizer'),
      what: 'input row_indices',
      rule: 'must have rank 1',
      actual: 'rank 0',
    });
  }
  const indices = rows.data as BigInt64Array;
  if (indices.length === 0) return () => true;
  let next = 0;
  return (text) => {
    if (indices[next] !== BigInt(text)) return false;
    next += 1;
    return true;
  };
};

/** The pieces of texts, word by word.
 *
 * Inputs `x`: string, any shape, words separated by spaces; `row_indices`: int64 [R], the texts at which a row begins, in order (empty:
 * at each). Outputs `pieces`: string [P]; `row_lengths`: int64 [rows + 1], where each row begins in them, then P; `row_begins`
 * and `row_limits`: int64 [rows], where each row begins and ends. Attributes: `vocab`, a JSON object with the pieces as
 * keys; `suffix_indicator`, what a piece within a word starts with; `unknown_token`; `max_input_chars_per_word` (200). A bad
 * `vocab` is a DataError when the session is created. */
export const wordpieceTokenizer: OpDefinition = defineOp({
  ...common,
  type: 'WordpieceTokenizer',
  inputs: { x: 'string', row_indices: 'int64' },
  outputs: { pieces: 'string', row_lengths: 'int64', row_begins: 'int64', row_limits: 'int64' },
  attributes: {
    vocab: string(),
    suffix_indicator: string(),
    unknown_token: string(),
    max_input_chars_per_word: int(200),
  },
  infer: (_, attributes) => {
    vocabularyOf(attributes);
    const rows = { dtype: 'int64', dims: [null] } as const;
    return {
      pieces: { dtype: 'string', dims: [null] },
      row_lengths: rows,
      row_begins: rows,
      row_limits: rows,
    };
  },
  kernel: ({ x, row_indices }, attributes) => {
    const vocabulary = vocabularyOf(attributes);
    const options = {
      has: (piece: string) => vocabulary.has(piece),
      prefix: attributes.suffix_indicator,
      unknown: attributes.unknown_token,
      maxLength: attributes.max_input_chars_per_word,
    };
    const begins = rowStarts(row_indices);
    const pieces: string[] = [];
    const rows: number[] = [];
    textsOf(x).forEach((text, i) => {
      if (begins(i)) rows.push(pieces.length);
      for (const word of text.split(' ')) {
        if (word !== '') pieces.push(...piecesOf(word, options));
      }
    });
    const ends = [...rows, pieces.length];
    return {
      pieces: textTensor(pieces, [pieces.length]),
      row_lengths: int64Tensor(ends, [ends.length]),
      row_begins: int64Tensor(rows, [rows.length]),
      row_limits: int64Tensor(ends.slice(1), [rows.length]),
    };
  },
});
