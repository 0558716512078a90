// The type of a value as a model declares it: a tensor's element type by its ONNX number, or a sequence, map, optional or sparse
// tensor. Knows the types JavaScript cannot hold.

import { dtypeOfOnnx, onnxOfDType, type DType } from '../core/dtype.ts';
import { ModelError } from '../core/errors.ts';
import { fieldsOf } from './bytes.ts';
import { onnx } from './proto.ts';

/** Type of a value. */
export interface ValueType {
  readonly kind: 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse tensor' | 'opaque';
  /** `TensorProto.DataType` of a tensor's elements, 0 where unknown; of other kinds 0. */
  readonly elem: number;
}

/** A tensor's type. */
export const tensorType = (elem: number | DType): ValueType => ({
  kind: 'tensor',
  elem: typeof elem === 'number' ? elem : onnxOfDType(elem),
});

/** Element types newer than the decoder's. */
const newerNames: Readonly<Record<number, string>> = {
  17: 'FLOAT8E4M3FN',
  18: 'FLOAT8E4M3FNUZ',
  19: 'FLOAT8E5M2',
  20: 'FLOAT8E5M2FNUZ',
  21: 'UINT4',
  22: 'INT4',
  23: 'FLOAT4E2M1',
  24: 'FLOAT8E8M0',
  25: 'UINT2',
  26: 'INT2',
};

/** Name of an element type: as JavaScript's where it has one, else ONNX's in lower case. */
export const elementName = (elem: number): string =>
  dtypeOfOnnx(elem) ??
  (newerNames[elem] ?? onnx.TensorProto.DataType[elem] ?? `element type ${elem}`).toLowerCase();

/** A type for messages: `bfloat16`, `a sequence`. */
export const typeText = ({ kind, elem }: ValueType): string =>
  kind === 'tensor' ? elementName(elem) : `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;

/** The element type JavaScript holds a tensor with; undefined for other types. */
export const dtypeOfType = (type: ValueType | undefined): DType | undefined =>
  type?.kind === 'tensor' ? dtypeOfOnnx(type.elem) : undefined;

const kinds: Readonly<Record<number, ValueType['kind']>> = {
  1: 'tensor',
  4: 'sequence',
  5: 'map',
  7: 'opaque',
  8: 'sparse tensor',
  9: 'optional',
};

const maxTypeDepth = 16;

/** Checks that a TypeProto is not nested without end (a sequence of sequences of ...), which a decoder would follow. */
const checkDepth = (bytes: Uint8Array, where: string): void => {
  let pending = [bytes];
  for (let depth = 0; pending.length > 0; depth++) {
    if (depth > maxTypeDepth) {
      throw new ModelError({
        where,
        what: 'the type of a value',
        rule: `must be nested at most ${maxTypeDepth} deep`,
      });
    }
    pending = pending
      .flatMap((type) => fieldsOf(type, where))
      .filter(({ number }) => number === 4 || number === 5 || number === 9)
      .flatMap(({ payload }) => fieldsOf(payload, where))
      .filter(({ number, payload }) => number <= 2 && payload.length > 0)
      .map(({ payload }) => payload);
  }
};

/** The type a ValueInfoProto declares; undefined where it declares none.
 * @throws {ModelError} The type is nested too deep. */
export const declaredType = (info: Uint8Array, where: string): ValueType | undefined => {
  const type = fieldsOf(info, where).findLast(({ number }) => number === 2)?.payload;
  if (type === undefined) return undefined;
  const field = fieldsOf(type, where).findLast(({ number }) => number in kinds);
  if (field === undefined) return undefined;
  const kind = kinds[field.number]!;
  if (kind !== 'tensor') {
    checkDepth(type, where);
    return { kind, elem: 0 };
  }
  const elem = fieldsOf(field.payload, where).findLast(({ number }) => number === 1)?.varint ?? 0;
  return elem === 0 ? undefined : tensorType(elem);
};
