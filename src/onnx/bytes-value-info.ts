// The type a ValueInfoProto declares, read from its bytes as onnxruntime's protobuf reads them: the pieces of a message that comes
// in several are one, the last of an alternative wins, and a field of another wire type than its own is none.

import { fieldsOf, textOf, type Field } from './bytes.ts';
import { numberOf } from './integers.ts';
import { Reader } from './proto.ts';

/** A declared tensor type. */
export interface DeclaredTensor {
  /** `TensorProto.DataType`; 0 where it is left out. */
  readonly elemType: number;
  /** Sizes, names of sizes, null for unknown ones; undefined where there is no shape. */
  readonly dims: readonly (number | string | null)[] | undefined;
}

const wire = { varint: 0, delimited: 2 } as const;

const isOf =
  (number: number, type: number) =>
  (field: Field): boolean =>
    field.number === number && (field.whole[0]! & 7) === type;

const merged = (fields: readonly Field[]): Uint8Array => {
  const [first, ...rest] = fields.map(({ payload }) => payload);
  if (first === undefined || rest.length === 0) return first ?? new Uint8Array();
  const bytes = new Uint8Array(fields.reduce((size, { payload }) => size + payload.length, 0));
  let at = 0;
  for (const { payload } of fields) {
    bytes.set(payload, at);
    at += payload.length;
  }
  return bytes;
};

/** The 64-bit number of a varint field. */
const integerOf = ({ whole }: Field, where: string): number => {
  const reader = Reader.create(whole);
  reader.uint32();
  return numberOf(reader.int64(), where);
};

const dimOf = (bytes: Uint8Array, where: string): number | string | null => {
  const isValue = isOf(1, wire.varint);
  const isName = isOf(2, wire.delimited);
  const last = fieldsOf(bytes, where).findLast((field) => isValue(field) || isName(field));
  if (last === undefined) return null;
  return isValue(last) ? integerOf(last, where) : textOf(last.payload) || null;
};

/** TypeProto's alternatives: tensor, sequence, map, opaque, sparse tensor, optional. */
const alternatives: ReadonlySet<number> = new Set([1, 4, 5, 7, 8, 9]);

/** The alternatives a ValueInfoProto's type sets. */
const givenTypes = (info: Uint8Array, where: string): readonly Field[] => {
  const type = merged(fieldsOf(info, where).filter(isOf(2, wire.delimited)));
  return fieldsOf(type, where).filter(
    (field) => alternatives.has(field.number) && isOf(field.number, wire.delimited)(field),
  );
};

/** Whether a ValueInfoProto declares a type at all.
 * @throws {ModelError} The bytes are no whole message. */
export const hasDeclaredType = (info: Uint8Array, where: string): boolean =>
  givenTypes(info, where).length > 0;

/** The tensor type of a ValueInfoProto; undefined where it declares none.
 * @throws {ModelError} The bytes are no whole message. */
export const declaredTensor = (info: Uint8Array, where: string): DeclaredTensor | undefined => {
  const given = givenTypes(info, where);
  const other = given.findLastIndex(({ number }) => number !== 1);
  const own = given.slice(other + 1);
  if (own.length === 0) return undefined;
  const tensor = fieldsOf(merged(own), where);
  const shapes = tensor.filter(isOf(2, wire.delimited));
  const dims = shapes.flatMap(({ payload }) =>
    fieldsOf(payload, where).filter(isOf(1, wire.delimited)),
  );
  return {
    elemType: tensor.findLast(isOf(1, wire.varint))?.varint ?? 0,
    dims: shapes.length === 0 ? undefined : dims.map(({ payload }) => dimOf(payload, where)),
  };
};
