// q and r as a node gets them: optional scalars of the logits' type.

import {
  DTypeError,
  float16Value,
  formatShape,
  labelOf,
  ShapeError,
  sizeOf,
  type DType,
  type Tensor,
  type TensorMeta,
} from '../../src/schema/index.ts';
import { checkIndices, schema, type SharmixInputs } from './schema.ts';

const where = labelOf(schema);

const checkIndex = (
  name: 'q' | 'r',
  { dtype, dims }: TensorMeta,
  logits: Pick<TensorMeta, 'dtype'>,
): void => {
  if (dtype !== logits.dtype) {
    throw new DTypeError({
      where,
      what: `input ${name}`,
      rule: `must have the logits' type, ${logits.dtype}`,
      actual: dtype,
    });
  }
  if (dims.length > 1 || sizeOf(dims) !== 1) {
    throw new ShapeError({
      where,
      what: `input ${name}`,
      rule: 'must be a scalar, shape [] or [1]',
      actual: formatShape(dims),
    });
  }
};

const valueOf = (dtype: DType, data: Tensor['data']): number => {
  const number = Number(data[0]);
  return dtype === 'float16' ? float16Value(number) : number;
};

/** Value of an index that may be on a device only: then undefined.
 * @throws {DTypeError} Another type than the logits'. {ShapeError} No scalar. */
export const indexValue = (
  name: 'q' | 'r',
  index: TensorMeta,
  logits: Pick<TensorMeta, 'dtype'>,
): number | undefined => {
  checkIndex(name, index, logits);
  return index.data === undefined ? undefined : valueOf(index.dtype, index.data);
};

const knownValue = (name: 'q' | 'r', index: Tensor, logits: Tensor): number => {
  checkIndex(name, index, logits);
  return valueOf(index.dtype, index.data);
};

/** The indices of a call: q absent is 1, r absent is q.
 * @throws {DTypeError} Another type than the logits'. {ShapeError} No scalar. {RangeError} Out of range. */
export const readIndices = ({ logits, q, r }: SharmixInputs): { q: number; r: number } => {
  const qValue = q === undefined ? 1 : knownValue('q', q, logits);
  const rValue = r === undefined ? qValue : knownValue('r', r, logits);
  checkIndices(qValue, rValue, where);
  return { q: qValue, r: rValue };
};
