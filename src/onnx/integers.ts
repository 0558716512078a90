// int64 fields as protobufjs gives them (a number, or a Long where the package `long` is there) to JavaScript numbers and bigints.

import { ModelError } from '../core/errors.ts';

/** A 64-bit field of a decoded message. onnx-proto's types name a global `Long` that does not exist, so it arrives as unknown. */
export type Int64Field =
  | number
  | { readonly low: number; readonly high: number; readonly unsigned: boolean };

const isInt64Field = (value: unknown): value is Int64Field =>
  typeof value === 'number' ||
  (typeof value === 'object' && value !== null && 'low' in value && 'high' in value);

/** The bigint of a 64-bit field; absent is 0, as protobuf defines.
 * @param value - An {@link Int64Field}, null or undefined.
 * @throws {ModelError} The field was decoded as a number that may have lost digits. */
export const bigintOf = (value: unknown, where: string): bigint => {
  if (value === null || value === undefined) return 0n;
  if (!isInt64Field(value) || (typeof value === 'number' && !Number.isSafeInteger(value))) {
    throw new ModelError({
      where,
      what: 'a 64-bit integer',
      rule: 'must lie within ±2^53 where the package long is not installed',
      actual: typeof value === 'number' ? String(value) : typeof value,
      hint: 'store the tensor as raw_data, or install long',
    });
  }
  if (typeof value === 'number') return BigInt(value);
  const bits = (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
  return value.unsigned ? bits : BigInt.asIntN(64, bits);
};

/** The number of a 64-bit field; absent is 0.
 * @throws {ModelError} It is no safe integer. */
export const numberOf = (value: unknown, where: string): number => {
  const number = Number(bigintOf(value, where));
  if (Number.isSafeInteger(number)) return number;
  throw new ModelError({
    where,
    what: 'a 64-bit integer',
    rule: 'must lie within ±2^53',
    actual: String(number),
  });
};
