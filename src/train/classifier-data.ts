// The rows a classifier learns from: checked once, turned into batches of tensors.

import { createHash } from 'node:crypto';
import { DataError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { tf } from './tf.ts';

/** Rows and their classes. */
export interface ClassifierData {
  /** All rows one after another: token ids (Int32Array) or features (Float32Array). */
  readonly inputs: Int32Array | Float32Array;
  /** Shape of one row: `[20]` for 20 tokens. */
  readonly inputShape: readonly number[];
  /** Class of each row, 0-based. */
  readonly labels: ArrayLike<number>;
  /** Number of classes. */
  readonly classes: number;
}

const where = 'classifier data';

const fail = (what: string, rule: string, actual: string): never => {
  throw new DataError({ where, what, rule, actual });
};

/** Checks the lengths and the classes.
 * @throws {DataError} No rows, lengths that do not fit, a label that is no class, fewer than two classes among the rows. */
export const checkData = ({ inputs, inputShape, labels, classes }: ClassifierData): void => {
  const rows = labels.length;
  if (rows === 0) fail('rows', 'must not be empty', '0');
  if (inputs.length !== rows * sizeOf(inputShape)) {
    fail('inputs', `must hold ${rows} rows of ${sizeOf(inputShape)} values`, String(inputs.length));
  }
  const seen = new Set<number>();
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      fail(`label of row ${row}`, `must be an integer in [0, ${classes - 1}]`, String(label));
    }
    seen.add(label);
  }
  if (seen.size < 2) fail('labels', 'must be of two classes at least', String(seen.size));
};

/** A key for each row that equal rows share. */
export const contentKeys = ({ inputs, inputShape, labels }: ClassifierData): string[] => {
  const width = sizeOf(inputShape);
  return Array.from({ length: labels.length }, (_, row) =>
    inputs.subarray(row * width, (row + 1) * width).join(),
  );
};

/** SHA-256 of inputs and labels. */
export const digestOf = ({ inputs, labels }: ClassifierData): string =>
  createHash('sha256')
    .update(new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength))
    .update(new Uint8Array(Int32Array.from(labels).buffer))
    .digest('hex');

/** One batch. The tensors are the caller's. */
export interface Batch {
  readonly x: tf.Tensor;
  /** One-hot targets [rows, classes]. */
  readonly y: tf.Tensor2D;
  readonly labels: Int32Array;
}

/** The rows `rows` as tensors. */
export const batchOf = (
  { inputs, inputShape, labels, classes }: ClassifierData,
  rows: Int32Array,
): Batch => {
  const width = sizeOf(inputShape);
  const ints = inputs instanceof Int32Array;
  const values = new (ints ? Int32Array : Float32Array)(rows.length * width);
  const oneHot = new Float32Array(rows.length * classes);
  const picked = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    values.set(inputs.subarray(row * width, (row + 1) * width), i * width);
    picked[i] = labels[row]!;
    oneHot[i * classes + picked[i]!] = 1;
  }
  return {
    x: tf.tensor(values, [rows.length, ...inputShape], ints ? 'int32' : 'float32'),
    y: tf.tensor2d(oneHot, [rows.length, classes]),
    labels: picked,
  };
};
