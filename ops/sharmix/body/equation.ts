// The scalar equation of a row, in k = 1/T: weights e, their sums, G and its slope. Nothing divides by s = q - 1.
//
//   w = d k, u = 1 - s w, e = u^(1/s) (exp(-w) at s = 0), e' = -de/dln k = e w/u
//   E = sum e, A = sum e w, B = sum e', C = sum e' w, mean = A/E
//   L = -ln(1 - s mean)/s,  H = ln E + L,  G = -ln k + (r-1) ln E - (q-r) L
//   dG/dln T = 1 + [(r-1) B + (r-q)(C - mean (B+E))/(1 - s mean)]/E

import type { BodyValue } from '../../../src/schema/index.ts';
import type { Arithmetic, Operand } from './arithmetic.ts';
import type { Indices } from './indices.ts';
import { logOverS } from './quotients.ts';

/** Weights of the classes at k, [..., rows, width]. */
export interface Weights {
  readonly w: BodyValue;
  readonly e: BodyValue;
  /** e' = e w/u: how e falls with ln k. */
  readonly slope: BodyValue;
}

/** Weights at k.
 * @param d - Distances max - z over the temperature, [..., rows, width].
 * @param k - 1/T, [..., rows]. */
export const weightsAt = (m: Arithmetic, d: BodyValue, k: BodyValue, ix: Indices): Weights => {
  const w = m.mul(d, m.column(k));
  const { ln, u } = logOverS(m, ix.s, w, 0);
  const e = m.exp(ln);
  const ew = m.mul(e, w);
  return { w, e, slope: u === 1 ? ew : m.div(ew, u) };
};

/** Sums of a row that G needs, [..., rows]. */
export interface RowState {
  readonly lnSum: BodyValue;
  readonly mean: BodyValue;
  /** 1 - s mean */
  readonly rest: Operand;
  /** L = -ln(1 - s mean)/s */
  readonly l: BodyValue;
  readonly g: BodyValue;
}

/** G of rows whose weights are known. */
export const equationAt = (
  m: Arithmetic,
  k: BodyValue,
  { w, e }: Pick<Weights, 'w' | 'e'>,
  ix: Indices,
): RowState & { readonly sum: BodyValue } => {
  const sum = m.sumRows(e);
  const mean = m.div(m.sumRows(m.mul(e, w)), sum);
  const { ln, u } = logOverS(m, ix.s, mean, 1e-30);
  const l = m.graph.op('Neg', [ln]);
  const lnSum = m.log(sum);
  const g = m.sub(m.sub(m.mul(m.sub(ix.r, 1), lnSum), m.mul(m.sub(ix.q, ix.r), l)), m.log(k));
  return { sum, lnSum, mean, rest: u, l, g };
};

/** A Newton step of exp(G) = 1 in T: T <- T (1 - step). */
export interface Step {
  readonly g: BodyValue;
  readonly step: BodyValue;
  /** |step| (1 + B/E): the step seen from the edge of the support, where the weights move most. */
  readonly reach: BodyValue;
}

/** The Newton step of rows at k. */
export const stepAt = (m: Arithmetic, k: BodyValue, weights: Weights, ix: Indices): Step => {
  const { sum, mean, rest, g } = equationAt(m, k, weights, ix);
  const b = m.sumRows(weights.slope);
  const c = m.sumRows(m.mul(weights.slope, weights.w));
  const entropySlope = m.div(m.sub(c, m.mul(mean, m.add(b, sum))), rest);
  const slope = m.add(
    1,
    m.div(m.add(m.mul(m.sub(ix.r, 1), b), m.mul(m.sub(ix.r, ix.q), entropySlope)), sum),
  );
  const step = m.div(m.sub(1, m.exp(m.graph.op('Neg', [g]))), slope);
  return { g, step, reach: m.mul(m.abs(step), m.add(1, m.div(b, sum))) };
};
