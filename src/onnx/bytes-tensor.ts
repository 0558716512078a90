// A TensorProto's bytes: whether the data is what shape and element type say. Nothing is decoded.

import { ModelError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { fieldsOf, type Field } from './bytes.ts';
import { elementName } from './value-types.ts';

const tensorField = {
  dims: 1,
  type: 2,
  segment: 3,
  float: 4,
  int32: 5,
  string: 6,
  int64: 7,
  raw: 9,
  double: 10,
  uint64: 11,
  location: 14,
} as const;

/** Bits of an element, by `TensorProto.DataType`. */
const bits: Readonly<Record<number, number>> = Object.fromEntries(
  Object.entries({
    2: [25, 26],
    4: [21, 22, 23],
    8: [2, 3, 9, 17, 18, 19, 20, 24],
    16: [4, 5, 10, 16],
    32: [1, 6, 12],
    64: [7, 11, 13, 14],
    128: [15],
  }).flatMap(([size, types]) => types.map((type) => [type, Number(size)] as const)),
);

/** The numbers of a field of varints, packed or not. A negative one is negative. */
const varints = (fields: readonly Field[], number: number, where: string): readonly number[] => {
  const values: number[] = [];
  for (const { number: own, whole, payload } of fields) {
    if (own !== number) continue;
    let at = 0;
    // An unpacked value follows its tag of one byte.
    const bytes = payload.length > 0 ? payload : whole.subarray(1);
    if (payload.length === 0 && (whole[0]! & 7) !== 0) continue;
    while (at < bytes.length) {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes[at++];
        if (byte === undefined) {
          throw new ModelError({ where, what: 'dims of an initialiser', rule: 'must be whole' });
        }
        value |= BigInt(byte & 127) << shift;
        if (byte < 128) break;
      }
      values.push(Number(BigInt.asIntN(64, value)));
    }
  }
  return values;
};

/** The shape a TensorProto declares, of its fields.
 * @throws {ModelError} A packed number ends too early. */
export const dimsOf = (fields: readonly Field[], where: string): readonly number[] =>
  varints(fields, tensorField.dims, where);

/** Number of varints, packed or not. */
const varintCount = (fields: readonly Field[], number: number): number => {
  let count = 0;
  for (const { number: own, payload } of fields) {
    if (own !== number) continue;
    if (payload.length === 0) count++;
    else for (const byte of payload) if (byte < 128) count++;
  }
  return count;
};

/** Number of values of a fixed size, packed or not. */
const fixedCount = (fields: readonly Field[], number: number, sizeBytes: number): number => {
  let count = 0;
  for (const { number: own, payload, whole } of fields) {
    if (own !== number) continue;
    const isPacked = (whole[0]! & 7) === 2;
    count += isPacked ? payload.length / sizeBytes : 1;
  }
  return count;
};

/** Elements the typed fields hold; undefined where several share a number. */
const typedCount = (fields: readonly Field[], type: number): number | undefined => {
  if (bits[type] !== undefined && bits[type] < 8) return undefined;
  switch (type) {
    case 1:
      return fixedCount(fields, tensorField.float, 4);
    case 14:
      return fixedCount(fields, tensorField.float, 4) / 2;
    case 11:
      return fixedCount(fields, tensorField.double, 8);
    case 15:
      return fixedCount(fields, tensorField.double, 8) / 2;
    case 7:
      return varintCount(fields, tensorField.int64);
    case 8:
      return fields.filter(({ number }) => number === tensorField.string).length;
    case 12:
    case 13:
      return varintCount(fields, tensorField.uint64);
    default:
      return varintCount(fields, tensorField.int32);
  }
};

/** Checks that a tensor's data is as long as its shape and element type say. Data in another file is left to who reads it.
 * @param what - The tensor, for messages.
 * @throws {ModelError} A negative dimension, or data of another length. */
export const checkTensorBytes = (bytes: Uint8Array, what: string, where: string): void => {
  const fields = fieldsOf(bytes, where);
  const last = (number: number): Field | undefined => fields.findLast((f) => f.number === number);
  const dims = dimsOf(fields, where);
  const shape = formatShape(dims);
  if (dims.some((dim) => dim < 0)) {
    throw new ModelError({ where, what, rule: 'must have no negative dimension', actual: shape });
  }
  const type = last(tensorField.type)?.varint ?? 0;
  if (last(tensorField.location)?.varint === 1 || last(tensorField.segment) !== undefined) return;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const size = bits[type];
  const raw = last(tensorField.raw);
  const fail = (rule: string, actual: string): never => {
    throw new ModelError({
      where,
      what: `the data of ${what}, ${elementName(type)} of shape ${shape},`,
      rule,
      actual,
      hint: 'the file is damaged, or was written by a broken tool: export it again',
    });
  };
  if (raw !== undefined && raw.payload.length > 0) {
    const wanted = size === undefined ? undefined : Math.ceil((count * size) / 8);
    if (wanted !== undefined && raw.payload.length !== wanted) {
      fail(`must have ${wanted} bytes`, `${raw.payload.length}`);
    }
    return;
  }
  const given = typedCount(fields, type);
  if (given !== undefined && given !== count && (size !== undefined || type === 8)) {
    fail(`must have ${count} elements`, `${given}`);
  }
};
