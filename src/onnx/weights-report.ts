// The initialisers of a model by size, those with the same contents, and those outside of the file. Nothing is decoded but heads.

import { dtypeOfOnnx } from '../core/dtype.ts';
import { fieldsOf } from './bytes.ts';
import type { NamedBytes } from './bytes-graph.ts';
import { externalEntries } from './bytes-weights.ts';
import { numberOf } from './integers.ts';
import { onnx } from './proto.ts';

/** One initialiser. */
export interface WeightReport {
  readonly name: string;
  /** Element type; the ONNX name where JavaScript has none. */
  readonly dtype: string;
  readonly dims: readonly number[];
  /** Bytes of its data, inside the model or outside. */
  readonly bytes: number;
  /** File of its data, where they are outside. */
  readonly file?: string;
}

/** Initialisers with equal type, shape and data. */
export interface DuplicateWeights {
  readonly names: readonly string[];
  /** Bytes that would be saved by keeping one. */
  readonly bytes: number;
}

/** All initialisers of a model. */
export interface WeightsReport {
  readonly count: number;
  readonly bytes: number;
  /** Of these, bytes in other files. */
  readonly external: number;
  /** The largest first. */
  readonly largest: readonly WeightReport[];
  readonly duplicates: readonly DuplicateWeights[];
}

/** TensorProto: name, doc string; all other fields are type, shape and data. */
const naming: ReadonlySet<number> = new Set([8, 12]);
const dataFields: ReadonlySet<number> = new Set([4, 5, 6, 7, 9, 10, 11]);

interface Weight extends WeightReport {
  /** What tells it from others, its name left out. */
  readonly content: readonly Uint8Array[];
}

const weightOf = ({ name, bytes }: NamedBytes): Weight => {
  const where = `initialiser ${name}`;
  const fields = fieldsOf(bytes, where);
  const head = onnx.TensorProto.decode(
    concat(fields.filter((f) => f.number <= 2).map((f) => f.whole)),
  );
  const external = externalEntries(fields, where);
  const inside = fields
    .filter((f) => dataFields.has(f.number))
    .reduce((sum, { payload }) => sum + payload.length, 0);
  const type = head.dataType;
  return {
    name,
    dtype: dtypeOfOnnx(type) ?? onnx.TensorProto.DataType[type] ?? `type ${type}`,
    dims: head.dims.map((dim) => numberOf(dim, where)),
    bytes: external === undefined ? inside : Number(external.get('length') ?? 0),
    ...(external === undefined ? {} : { file: external.get('location') ?? '' }),
    content: fields.filter((f) => !naming.has(f.number)).map((f) => f.whole),
  };
};

const concat = (chunks: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
};

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

const sameContent = (a: Weight, b: Weight): boolean =>
  a.content.length === b.content.length &&
  a.content.every((field, i) => sameBytes(field, b.content[i]!));

const duplicatesOf = (weights: readonly Weight[]): DuplicateWeights[] => {
  const groups = new Map<string, Weight[][]>();
  for (const weight of weights) {
    if (weight.bytes === 0) continue;
    const key = `${weight.dtype}[${weight.dims.join(',')}]${weight.bytes}`;
    const alike = groups.get(key) ?? [];
    groups.set(key, alike);
    const equal = alike.find(([first]) => sameContent(first!, weight));
    if (equal === undefined) alike.push([weight]);
    else equal.push(weight);
  }
  return [...groups.values()]
    .flat()
    .filter(({ length }) => length > 1)
    .map((group) => ({
      names: group.map(({ name }) => name),
      bytes: group[0]!.bytes * (group.length - 1),
    }))
    .sort((a, b) => b.bytes - a.bytes);
};

/** Sizes and duplicates of initialisers.
 * @param count - How many of the largest are listed. */
export const weightsReport = (initializers: readonly NamedBytes[], count = 10): WeightsReport => {
  const weights = initializers.map(weightOf);
  const total = (list: readonly WeightReport[]): number =>
    list.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    count: weights.length,
    bytes: total(weights),
    external: total(weights.filter(({ file }) => file !== undefined)),
    largest: weights
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, count)
      .map(({ name, dtype, dims, bytes, file }) => ({
        name,
        dtype,
        dims,
        bytes,
        ...(file === undefined ? {} : { file }),
      })),
    duplicates: duplicatesOf(weights),
  };
};
