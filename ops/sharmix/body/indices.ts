// q, r and the temperature as scalars of the float type, and NaN where q or r is out of range: a function body cannot throw.

import type { BodyValue } from '../../../src/schema/index.ts';
import { maxQ, maxR } from '../schema.ts';
import type { Arithmetic, Operand } from './arithmetic.ts';

/** The indices of the entropy. A number where the signature fixes it. */
export interface Indices {
  readonly q: Operand;
  readonly r: Operand;
  /** s = q - 1 */
  readonly s: Operand;
  /** 0 where q and r are in range, else NaN: added to the sum a row is divided by. */
  readonly guard: Operand;
}

/** A scalar out of an input of one element, whatever its rank; more elements make the run fail. */
const scalarOf = (m: Arithmetic, input: BodyValue): BodyValue =>
  m.cast(m.graph.op('Reshape', [input, m.ints()]));

/** Reads q and r: q absent is 1, r absent is q. */
export const readIndices = (
  m: Arithmetic,
  inputs: { readonly q: BodyValue | undefined; readonly r: BodyValue | undefined },
): Indices => {
  const q = inputs.q === undefined ? undefined : scalarOf(m, inputs.q);
  const r = inputs.r === undefined ? undefined : scalarOf(m, inputs.r);
  let guard: Operand = 0;
  for (const [index, top] of [
    [q, maxQ],
    [r, maxR],
  ] as const) {
    if (index === undefined) continue;
    const clipped = m.clip(index, 1, top);
    const isInside = m.graph.op('Equal', [clipped, index]);
    guard = m.add(guard, m.div(0, m.indicator(isInside)));
  }
  return {
    q: q ?? 1,
    r: r ?? q ?? 1,
    s: q === undefined ? 0 : m.sub(q, 1),
    guard,
  };
};
