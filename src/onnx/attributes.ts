// Attributes of nodes: the builder's notation and an operator's attribute values to AttributeProto, and back to plain values.

import { SchemaError } from '../core/errors.ts';
import type { AttributeKind, AttributeSpec, AttributeValue } from '../schema/attributes.ts';
import type { NodeAttribute } from '../schema/body.ts';
import { numberOf } from './integers.ts';
import { onnx, type OnnxTypes } from './proto.ts';
import { tensorFromProto, tensorToProto } from './tensors.ts';

const { AttributeType } = onnx.AttributeProto;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The notation without subgraphs, which only a graph builder can turn into a message. */
export type PlainAttribute = Exclude<NodeAttribute, { readonly graph: unknown }>;

const fields = (value: PlainAttribute): OnnxTypes.IAttributeProto => {
  if ('int' in value) return { type: AttributeType.INT, i: value.int };
  if ('float' in value) return { type: AttributeType.FLOAT, f: value.float };
  if ('string' in value) return { type: AttributeType.STRING, s: encoder.encode(value.string) };
  if ('ints' in value) return { type: AttributeType.INTS, ints: [...value.ints] };
  if ('floats' in value) return { type: AttributeType.FLOATS, floats: [...value.floats] };
  if ('strings' in value) {
    return { type: AttributeType.STRINGS, strings: value.strings.map((s) => encoder.encode(s)) };
  }
  return { type: AttributeType.TENSOR, t: tensorToProto(value.tensor) };
};

/** The AttributeProto of a value in the builder's notation. */
export const attributeToProto = (
  name: string,
  value: PlainAttribute,
): OnnxTypes.IAttributeProto => ({ name, ...fields(value) });

const typeOfKind: Readonly<Record<AttributeKind, OnnxTypes.AttributeProto.AttributeType>> = {
  int: AttributeType.INT,
  float: AttributeType.FLOAT,
  string: AttributeType.STRING,
  ints: AttributeType.INTS,
  floats: AttributeType.FLOATS,
  strings: AttributeType.STRINGS,
  tensor: AttributeType.TENSOR,
};

/** An attribute that takes its value from the function's attribute `reference`. */
export const attributeReference = (
  name: string,
  kind: AttributeKind,
  reference: string,
): OnnxTypes.IAttributeProto => ({ name, type: typeOfKind[kind], refAttrName: reference });

/** A value of an operator's attribute in the builder's notation, by the kind its schema gives. */
export const nodeAttribute = (spec: AttributeSpec, value: AttributeValue): PlainAttribute =>
  ({ [spec.kind]: value }) as unknown as PlainAttribute;

/** The plain value of an AttributeProto, as a kernel gets it.
 * @throws {SchemaError} A kind no operator schema has: graph, sparse tensor, type. */
export const attributeFromProto = (proto: OnnxTypes.IAttributeProto): AttributeValue => {
  const where = `attribute ${proto.name ?? ''}`;
  switch (proto.type) {
    case AttributeType.INT:
      return numberOf(proto.i, where);
    case AttributeType.FLOAT:
      return proto.f ?? 0;
    case AttributeType.STRING:
      return decoder.decode(proto.s ?? new Uint8Array());
    case AttributeType.INTS:
      return (proto.ints ?? []).map((value) => numberOf(value, where));
    case AttributeType.FLOATS:
      return [...(proto.floats ?? [])];
    case AttributeType.STRINGS:
      return (proto.strings ?? []).map((value) => decoder.decode(value));
    case AttributeType.TENSOR:
      return tensorFromProto(proto.t ?? {});
    default:
      throw new SchemaError({
        where,
        what: 'its type',
        rule: 'must be int, float, string, a list of these, or tensor',
        actual: AttributeType[proto.type ?? 0] ?? String(proto.type),
      });
  }
};
