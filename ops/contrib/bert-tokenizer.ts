// ai.onnx.contrib@1::BertTokenizer: one text or two to BERT's ids, types, mask and offsets.

import { defineOp, int, ShapeError, string, type OpDefinition } from '../../src/schema/index.ts';
import { common, dataError, int64Tensor, label, oncePerNode, textsOf } from './common.ts';
import { basicWords, piecesOf, type BasicOptions, type PieceOptions } from './words.ts';

interface Attributes {
  readonly vocab_file: string;
  readonly do_lower_case: number;
  readonly do_basic_tokenize: number;
  readonly unk_token: string;
  readonly sep_token: string;
  readonly pad_token: string;
  readonly cls_token: string;
  readonly mask_token: string;
  readonly tokenize_chinese_chars: number;
  readonly strip_accents: number;
  readonly suffix_indicator: string;
  readonly max_length: number;
}

interface Bert {
  readonly ids: ReadonlyMap<string, number>;
  readonly cls: number;
  readonly sep: number;
  readonly unknown: number;
  /** Undefined where texts are cut at spaces only. */
  readonly basic: BasicOptions | undefined;
  readonly pieces: PieceOptions;
}

/** Longer words are unknown. */
const maxWordLength = 100;

const bertOf = oncePerNode((attributes: Attributes): Bert => {
  const lines = attributes.vocab_file.split(/[\r\n]/).filter((line) => line !== '');
  const ids = new Map(lines.map((line, i) => [line, i]));
  const idOf = (token: string): number =>
    ids.get(token) ??
    dataError('BertTokenizer', 'attribute vocab_file', `must have a line ${JSON.stringify(token)}`);
  idOf(attributes.pad_token);
  idOf(attributes.mask_token);
  return {
    ids,
    cls: idOf(attributes.cls_token),
    sep: idOf(attributes.sep_token),
    unknown: idOf(attributes.unk_token),
    basic:
      attributes.do_basic_tokenize === 1
        ? {
            lower: attributes.do_lower_case === 1,
            chinese: attributes.tokenize_chinese_chars === 1,
            stripAccents: attributes.strip_accents === 1,
            punctuation: true,
            dropControl: true,
          }
        : undefined,
    pieces: {
      has: (piece) => ids.has(piece),
      prefix: attributes.suffix_indicator,
      unknown: attributes.unk_token,
      maxLength: maxWordLength,
    },
  };
});

/** Words that end at a space; a space where a word would begin belongs to it. */
const spacedWords = (text: string): string[] =>
  Array.from(text.matchAll(/(.[^ ]*)(?: |$)/gsu), ([, word]) => word!);

type Pair = readonly [start: number, end: number];

const encoder = new TextEncoder();

/** Where each piece is thought to lie, in bytes of UTF-8, as if one character stood between words: pieces that start with # continue
 * the word before them. */
const offsetsOf = (pieces: readonly string[]): Pair[] => {
  let at = 0;
  return pieces.map((piece) => {
    const hashes = /^#*/.exec(piece)![0].length;
    const length = piece === '[UNK]' ? 1 : encoder.encode(piece).length - hashes;
    if (hashes > 0) at -= 1;
    const pair = [at, at + length] as const;
    at += length + 1;
    return pair;
  });
};

interface Encoded {
  readonly ids: readonly number[];
  readonly offsets: readonly Pair[];
}

const nowhere: Pair = [0, 0];

const encode = (text: string, bert: Bert): Encoded => {
  const words = bert.basic === undefined ? spacedWords(text) : basicWords(text, bert.basic);
  const pieces = words.flatMap((word) => piecesOf(word, bert.pieces));
  const offsets = bert.basic === undefined ? pieces.map(() => nowhere) : offsetsOf(pieces);
  return {
    ids: pieces.map((piece) => bert.ids.get(piece) ?? bert.unknown),
    offsets: [nowhere, ...offsets, nowhere],
  };
};

/** One text or two to BERT's ids.
 *
 * Input `text`: string, one or two elements. Outputs `input_ids`, `token_type_ids`, `attention_mask`: int64 [L]; `offset_mapping`:
 * int64 [L, 2], where each piece would lie, in bytes, were there one character between words (the ids of special tokens, and
 * all where `do_basic_tokenize` is off: 0, 0). Ids: cls, the text's, sep, and the second text's with another sep.
 *
 * Attributes: `vocab_file`, one piece a line; `do_lower_case`, `do_basic_tokenize`, `tokenize_chinese_chars` (1) and `strip_accents`
 * (0), on when 1; `unk_token`, `sep_token`, `pad_token`, `cls_token`, `mask_token` ([UNK], ...), which the vocabulary must hold;
 * `suffix_indicator` (##); `max_length` (-1), above 2 the most ids of a single text (two texts are never cut);
 * `truncation_strategy_name`, which changes nothing. A token the vocabulary lacks is a DataError when the session is created. */
export const bertTokenizer: OpDefinition = defineOp({
  ...common,
  type: 'BertTokenizer',
  inputs: { text: 'string' },
  outputs: {
    input_ids: 'int64',
    token_type_ids: 'int64',
    attention_mask: 'int64',
    offset_mapping: 'int64?',
  },
  attributes: {
    vocab_file: string(),
    do_lower_case: int(1),
    do_basic_tokenize: int(1),
    unk_token: string('[UNK]'),
    sep_token: string('[SEP]'),
    pad_token: string('[PAD]'),
    cls_token: string('[CLS]'),
    mask_token: string('[MASK]'),
    tokenize_chinese_chars: int(1),
    strip_accents: int(0),
    suffix_indicator: string('##'),
    truncation_strategy_name: string('longest_first'),
    max_length: int(-1),
  },
  infer: (_, attributes) => {
    bertOf(attributes);
    const ids = { dtype: 'int64', dims: [null] } as const;
    return {
      input_ids: ids,
      token_type_ids: ids,
      attention_mask: ids,
      offset_mapping: { dtype: 'int64', dims: [null, 2] },
    };
  },
  kernel: ({ text }, attributes) => {
    const bert = bertOf(attributes);
    const texts = textsOf(text);
    if (texts.length !== 1 && texts.length !== 2) {
      throw new ShapeError({
        where: label('BertTokenizer'),
        what: 'input text',
        rule: 'must hold one text or two',
        actual: `${texts.length} texts`,
      });
    }
    const [first, second] = texts.map((one) => encode(one, bert));
    const cut = second === undefined && attributes.max_length > 2;
    const firstIds = cut ? first!.ids.slice(0, attributes.max_length - 2) : first!.ids;
    const secondIds = second === undefined ? [] : [...second.ids, bert.sep];
    const ids = [bert.cls, ...firstIds, bert.sep, ...secondIds];
    const types = ids.map((_, i) => (i < firstIds.length + 2 ? 0 : 1));
    const offsets = [...first!.offsets, ...(second?.offsets ?? [])].slice(0, ids.length);
    return {
      input_ids: int64Tensor(ids, [ids.length]),
      token_type_ids: int64Tensor(types, [ids.length]),
      attention_mask: int64Tensor(
        ids.map(() => 1),
        [ids.length],
      ),
      offset_mapping: int64Tensor(offsets.flat(), [ids.length, 2]),
    };
  },
});
