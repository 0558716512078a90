// q and r as a node gets them: optional scalars of the logits' type.

import {
  DTypeError,
  float16Value,
  formatShape,
  labelOf,
  ShapeError,
  sizeOf,
  type Tensor,
} from '../../src/schema/index.ts';
import { checkIndices, schema, type SharmixInputs } from './schema.ts';

const where = labelOf(schema);

const scalarOf = (name: string, value: Tensor, logits: Tensor): number => {
  const { dtype, dims, data } = value;
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
  const number = Number(data[0]);
  return dtype === 'float16' ? float16Value(number) : number;
};

/** The indices of a call: q absent is 1, r absent is q.
 * @throws {DTypeError} Another type than the logits'. {ShapeError} No scalar. {RangeError} Out of range. */
export const readIndices = ({ logits, q, r }: SharmixInputs): { q: number; r: number } => {
  const qValue = q === undefined ? 1 : scalarOf('q', q, logits);
  const rValue = r === undefined ? qValue : scalarOf('r', r, logits);
  checkIndices(qValue, rValue, where);
  return { q: qValue, r: rValue };
};
