// ai.onnx.contrib@1::StringSplit: texts cut at every byte of a separator, as a sparse matrix of pieces.

import { defineOp, formatShape, ShapeError, type OpDefinition } from '../../src/schema/index.ts';
import {
  common,
  dataError,
  int64Tensor,
  label,
  onlyElement,
  onlyText,
  textsOf,
  textTensor,
} from './common.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

/** One string for each byte, which must be a character: a string of JavaScript holds no half of one. */
const bytesOf = (text: string): string[] => {
  if (isAscii(text)) return text.split('');
  return dataError('StringSplit', `text ${JSON.stringify(text)}`, 'must be ASCII', {
    hint: 'an empty separator cuts a text into bytes, and a byte of another character is no string',
  });
};

/** Pieces between the bytes of `separator`. */
const piecesOf = (text: string, separator: string): string[] => {
  if (isAscii(separator)) {
    const cuts = new Set(separator);
    const pieces = [''];
    for (const unit of text.split('')) {
      if (cuts.has(unit)) pieces.push('');
      else pieces[pieces.length - 1] += unit;
    }
    return pieces;
  }
  const cuts = new Set(encoder.encode(separator));
  const bytes = encoder.encode(text);
  const pieces: string[] = [];
  let start = 0;
  for (let end = 0; end <= bytes.length; end++) {
    if (end < bytes.length && !cuts.has(bytes[end]!)) continue;
    pieces.push(decoded(bytes.subarray(start, end), text, separator));
    start = end + 1;
  }
  return pieces;
};

const decoded = (bytes: Uint8Array, text: string, separator: string): string => {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    return dataError(
      'StringSplit',
      `text ${JSON.stringify(text)}`,
      'must not be cut within a character',
      {
        actual: `separator ${JSON.stringify(separator)}, each byte of which cuts`,
        hint: 'use separators of ASCII characters',
        cause,
      },
    );
  }
};

/** Pieces of texts as a sparse matrix: piece `i` is `values[i]`, in row and column `indices[i]`.
 *
 * Inputs `x`: string [N]; `separator`: string, one element, of which every byte cuts (empty: every byte is a piece of its own);
 * `skip_empty`: bool, one element. Outputs `indices`: int64 [P, 2]; `values`: string [P]; `shape`: int64 [2], N and the most
 * pieces of a text. An empty text has no pieces, whatever `skip_empty` says. A piece that would be no valid UTF-8 is a
 * DataError. */
export const stringSplit: OpDefinition = defineOp({
  ...common,
  type: 'StringSplit',
  inputs: { x: 'string', separator: 'string', skip_empty: 'bool' },
  outputs: { indices: 'int64', values: 'string', shape: 'int64' },
  attributes: {},
  infer: () => ({
    indices: { dtype: 'int64', dims: [null, 2] },
    values: { dtype: 'string', dims: [null] },
    shape: { dtype: 'int64', dims: [2] },
  }),
  kernel: ({ x, separator, skip_empty }) => {
    if (x.dims.length !== 1) {
      throw new ShapeError({
        where: label('StringSplit'),
        what: 'input x',
        rule: 'must have rank 1',
        actual: formatShape(x.dims),
      });
    }
    const cuts = onlyText('StringSplit', 'separator', separator);
    const skip = Boolean(onlyElement('StringSplit', 'skip_empty', skip_empty));
    const values: string[] = [];
    const indices: number[] = [];
    let columns = 0;
    textsOf(x).forEach((text, row) => {
      if (text === '') return;
      const all = cuts === '' ? bytesOf(text) : piecesOf(text, cuts);
      const pieces = skip ? all.filter((piece) => piece !== '') : all;
      pieces.forEach((piece, column) => {
        values.push(piece);
        indices.push(row, column);
      });
      columns = Math.max(columns, pieces.length);
    });
    return {
      indices: int64Tensor(indices, [values.length, 2]),
      values: textTensor(values, [values.length]),
      shape: int64Tensor([x.dims[0]!, columns], [2]),
    };
  },
});
