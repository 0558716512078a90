// Shapes: element counts, axes, and the view of a tensor as rows along one axis. Pure arithmetic on number arrays.

import { ShapeError } from './errors.ts';

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (dims: readonly number[]): number => {
  let size = 1;
  for (const dim of dims) size *= dim;
  return size;
};

/** A shape as text: `[2, 3]`. */
export const formatShape = (dims: readonly (number | string)[]): string => `[${dims.join(', ')}]`;

/** Whether two shapes are the same. */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** A tensor seen as `outer * inner` rows of `n` elements that lie `inner` apart. */
export interface Rows {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}

/** The axis counted from the front: `-rank <= axis < rank`.
 * @param where - Label of the operator or function, put in front of the message.
 * @throws {ShapeError} The axis is no integer of that range. */
export const normalizeAxis = (axis: number, rank: number, where: string): number => {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError({
      where,
      what: 'axis',
      rule: `must be an integer in [${-rank}, ${rank - 1}] for rank ${rank}`,
      actual: String(axis),
      hint: 'pass -1 for the last axis',
    });
  }
  return axis < 0 ? axis + rank : axis;
};

/** Rows of a tensor along `axis`.
 * @throws {ShapeError} Rank 0, or the axis is out of range. */
export const rowsAlong = (dims: readonly number[], axis: number, where: string): Rows => {
  if (dims.length === 0) {
    throw new ShapeError({
      where,
      what: 'input',
      rule: 'must have rank >= 1',
      actual: 'a scalar',
      hint: 'reshape it to [1]',
    });
  }
  const at = normalizeAxis(axis, dims.length, where);
  let outer = 1;
  let inner = 1;
  for (let i = 0; i < at; i++) outer *= dims[i]!;
  for (let i = at + 1; i < dims.length; i++) inner *= dims[i]!;
  return { outer, n: dims[at]!, inner };
};
