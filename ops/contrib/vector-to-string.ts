// ai.onnx.contrib@1::VectorToString: vectors of integers looked up in a table of texts.

import {
  defineOp,
  formatShape,
  ShapeError,
  string,
  type OpDefinition,
} from '../../src/schema/index.ts';
import { common, dataError, label, oncePerNode, textTensor } from './common.ts';

interface Table {
  /** Integers a vector has. */
  readonly length: number;
  /** Texts by the vector, its integers joined by commas. */
  readonly texts: ReadonlyMap<string, string>;
}

const fail = (rule: string, line: string): never =>
  dataError('VectorToString', 'attribute map', rule, { actual: JSON.stringify(line) });

const split = (text: string, separator: string): string[] =>
  text.split(separator).filter((part) => part !== '');

const integer = (text: string, line: string): string => {
  if (!/^-?\d+$/.test(text)) fail('must hold whole numbers, separated by single spaces', line);
  const value = BigInt(text);
  if (value !== BigInt.asIntN(64, value)) fail('must hold numbers of 64 bits', line);
  return String(value);
};

const tableOf = oncePerNode(({ map }: { readonly map: string }): Table => {
  const rows = split(map, '\n').map((line) => {
    const cells = split(line, '\t');
    if (cells.length !== 2) fail('must hold lines of a text, a tab and its vector', line);
    return { line, text: cells[0]!, vector: split(cells[1]!, ' ') };
  });
  const length = rows[0]?.vector.length;
  if (length === undefined) return fail('must hold at least one line', map);
  const texts = new Map<string, string>();
  for (const { line, text, vector } of rows) {
    if (vector.length !== length) fail(`must hold vectors of ${length} integers`, line);
    texts.set(vector.map((value) => integer(value, line)).join(','), text);
  }
  return { length, texts };
});

/** `y[..., i]` is the text of the vector `x[..., i, :]`, `unk` where the table has none.
 *
 * Input `x`: int64 [..., L], or any rank 0 or 1 where L is 1. Output `y`: string, the shape of `x` without its last axis, the shape of
 * `x` itself where it has rank 0 or 1 and L is 1. Attributes: `map`, lines of a text, a tab and its L integers separated by
 * spaces (later lines win); `unk`. A bad `map` is a DataError when the session is created, other lengths are a ShapeError. */
export const vectorToString: OpDefinition = defineOp({
  ...common,
  type: 'VectorToString',
  inputs: { x: 'int64' },
  outputs: { y: 'string' },
  attributes: { map: string(), unk: string('') },
  infer: ({ x }, attributes) => {
    const { length } = tableOf(attributes);
    const { dims } = x;
    if (dims === undefined || (length === 1 && dims.length < 2))
      return { y: { dtype: 'string', dims } };
    return { y: { dtype: 'string', dims: dims.slice(0, -1) } };
  },
  kernel: ({ x }, attributes) => {
    const { length, texts } = tableOf(attributes);
    const whole = length === 1 && x.dims.length < 2;
    if (!whole && x.dims.at(-1) !== length) {
      throw new ShapeError({
        where: label('VectorToString'),
        what: 'input x',
        rule: `must have a last dimension of ${length}, the length of the vectors in the table`,
        actual: formatShape(x.dims),
      });
    }
    const values = x.data as BigInt64Array;
    const found = Array.from({ length: values.length / length }, (_, i) => {
      const vector = values.subarray(i * length, (i + 1) * length);
      return texts.get(vector.join(',')) ?? attributes.unk;
    });
    return { y: textTensor(found, whole ? x.dims : x.dims.slice(0, -1)) };
  },
});
