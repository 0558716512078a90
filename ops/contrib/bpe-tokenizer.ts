// What GPT2Tokenizer and CLIPTokenizer of ai.onnx.contrib share: texts to rows of ids, a mask and offsets, by byte-level BPE.

import {
  defineOp,
  int,
  string,
  type OpDefinition,
  type ValueMeta,
} from '../../src/schema/index.ts';
import { BpeModel, noId, type Piece } from './bpe-model.ts';
import { byteCharacters, chunksOf } from './byte-level.ts';
import { cleanText, lowerSimple, onlySpace } from './clip-text.ts';
import { common, dataError, int64Tensor, oncePerNode, onlyElement, textsOf } from './common.ts';

/** Names and tokens of a tokenizer. */
export interface BpeConfiguration {
  readonly type: string;
  /** Name of the model where the node has none: it says how texts are cleaned. */
  readonly model: string;
  readonly unknown: string;
  readonly begin: string;
  readonly end: string;
  /** Undefined: rows are filled with zeros. */
  readonly padding: string | undefined;
}

interface Attributes {
  readonly vocab: string;
  readonly merges: string;
  readonly padding_length: number;
  readonly model_name: string;
  readonly added_token: string;
}

type Pair = readonly [start: number, end: number];

interface Row {
  readonly ids: readonly number[];
  readonly offsets: readonly Pair[];
}

interface Encoder {
  /** Ids in a row; -1: as many as the longest text has. */
  readonly length: number;
  /** What rows are filled with. */
  readonly padding: number;
  encode(text: string, special: boolean): Row;
}

const utf8 = new TextEncoder();
const utf8Length = (text: string): number => utf8.encode(text).length;

/** A chunk's pieces before merging: itself where the vocabulary has it, else one for each byte; CLIP's last byte ends the word. */
const piecesOf = (chunk: string, model: BpeModel, clip: boolean): readonly Piece[] => {
  const bytes = byteCharacters(chunk);
  const pieces = clip ? [...bytes.slice(0, -1), `${bytes.at(-1)!}</w>`] : bytes;
  const whole = model.idOf(pieces.join(''));
  if (whole !== noId) return [{ id: whole, bytes: bytes.length }];
  return pieces.map((piece) => ({ id: model.idOf(piece), bytes: utf8Length(piece) }));
};

/** The ids of one chunk and their offsets from `at` on, each piece of a chunk with a space before it one shorter than it is. */
const encodeChunk = (
  chunk: string,
  at: number,
  model: BpeModel,
  clip: boolean,
): Row & { readonly end: number } => {
  const spaced = chunk.startsWith(' ');
  const text = clip ? chunk.replaceAll(' ', '') : chunk;
  let end = spaced ? at + 1 : at;
  if (text === '') return { ids: [], offsets: [], end };
  const pieces = model.merge(piecesOf(text, model, clip));
  const offsets = pieces.map(({ bytes }): Pair => {
    const start = end;
    end += spaced && !clip ? bytes - 1 : bytes;
    return [start, end];
  });
  return { ids: pieces.map(({ id }) => id), offsets, end };
};

const nowhere: Pair = [0, 0];

const encoderOf = (configuration: BpeConfiguration, attributes: Attributes): Encoder => {
  const { type, unknown, begin, end, padding } = configuration;
  const length = attributes.padding_length;
  if (length !== -1 && length < 1) {
    dataError(type, 'attribute padding_length', 'must be -1 or above 0', {
      actual: String(length),
    });
  }
  const name = attributes.model_name === '' ? configuration.model : attributes.model_name;
  if (name === 'Llama') {
    dataError(type, 'attribute model_name', 'must be another: texts of Llama are not cut here');
  }
  const model = new BpeModel({
    type,
    vocab: attributes.vocab,
    merges: attributes.merges,
    added: attributes.added_token,
    special: [...new Set([unknown, begin, end])],
  });
  const clip = name === 'CLIP';
  const framed = name !== 'GPT2' && name !== 'CodeGen';
  const [beginId, endId] = [model.idOf(begin), model.idOf(end)];
  const most = length === -1 ? Infinity : length;
  const encode = (given: string, special: boolean): Row => {
    const cleaned = clip ? cleanText(given) : given;
    if (clip && onlySpace(cleaned)) return { ids: [beginId, endId], offsets: [nowhere, nowhere] };
    const ids: number[] = framed && special ? [beginId] : [];
    const offsets: Pair[] = [];
    for (const segment of model.split(clip ? lowerSimple(cleaned) : cleaned)) {
      if (ids.length >= most) break;
      if (segment.id !== undefined) {
        ids.push(segment.id);
        continue;
      }
      if (framed && special) offsets.push(nowhere);
      let at = 0;
      for (const chunk of chunksOf(segment.text)) {
        if (ids.length >= most) break;
        const row = encodeChunk(chunk, at, model, clip);
        const room = most - ids.length;
        ids.push(...row.ids.slice(0, room));
        offsets.push(...row.offsets.slice(0, room));
        at = row.end;
      }
      if (framed) offsets.push(nowhere);
    }
    if (framed && special) ids.push(endId);
    return { ids, offsets };
  };
  return { length, padding: padding === undefined ? 0 : model.idOf(padding), encode };
};

/** A row cut or filled to `length`. */
const fit = <T>(values: readonly T[], length: number, filling: T): readonly T[] =>
  values.length >= length
    ? values.slice(0, length)
    : [...values, ...Array<T>(length - values.length).fill(filling)];

/** The operator of a configuration. */
export const bpeTokenizer = (configuration: BpeConfiguration): OpDefinition => {
  const encoderOnce = oncePerNode((attributes: Attributes) => encoderOf(configuration, attributes));
  return defineOp({
    ...common,
    type: configuration.type,
    inputs: { text: 'string', add_special_tokens: 'bool?' },
    outputs: { input_ids: 'int64', attention_mask: 'int64?', offset_mapping: 'int64?' },
    attributes: {
      vocab: string(),
      merges: string(),
      padding_length: int(-1),
      model_name: string(''),
      added_token: string(''),
    },
    infer: ({ text }, attributes) => {
      const { length } = encoderOnce(attributes);
      const dims = text.dims && [...text.dims, length === -1 ? null : length];
      const ids: ValueMeta = { dtype: 'int64', dims };
      const pairs: ValueMeta = { dtype: 'int64', dims: dims && [...dims, 2] };
      return { input_ids: ids, attention_mask: ids, offset_mapping: pairs };
    },
    kernel: ({ text, add_special_tokens: special }, attributes) => {
      const encoder = encoderOnce(attributes);
      const framed =
        special === undefined ||
        Boolean(onlyElement(configuration.type, 'add_special_tokens', special));
      const rows = textsOf(text).map((one) => encoder.encode(one, framed));
      const longest = rows.reduce((most, { ids }) => Math.max(most, ids.length), 0);
      const length = encoder.length === -1 ? longest : encoder.length;
      const dims = [...text.dims, length];
      const ids = rows.flatMap((row) => fit(row.ids, length, encoder.padding));
      const mask = rows.flatMap((row) =>
        fit(
          row.ids.map(() => 1),
          length,
          0,
        ),
      );
      const offsets = rows.flatMap((row) => fit(row.offsets, length, nowhere).flat());
      return {
        input_ids: int64Tensor(ids, dims),
        attention_mask: int64Tensor(mask, dims),
        offset_mapping: int64Tensor(offsets, [...dims, 2]),
      };
    },
  });
};
