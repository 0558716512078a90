// Two quotients with a removable 0/0, ln(1-v)/v and (e^a - 1)/a, in operators alone and without trusting Log near 1: WebGPU allows
// Log an absolute error of 2^-21 there. The quotient is computed no nearer to 0 than `near`, and a cubic adds what is left.

import type { BodyValue } from '../../../src/schema/index.ts';
import type { Arithmetic, Float, Operand } from './arithmetic.ts';

/** Largest number below 1, by float type. */
const belowOne: Readonly<Record<Float, number>> = { float32: 1 - 2 ** -24, float64: 1 - 2 ** -53 };

/** Distance from 0 below which the cubic takes over in float32. */
const near = 1 / 16;

/** Coefficients of t (c1 + t (c2 + t c3)), which meets f at `near/3`, `2 near/3` and `near`: within 4e-8 of these two f. */
const cubic = (f: (t: number) => number): readonly [number, number, number] => {
  const [a, b, c] = [near / 3, (2 * near) / 3, near];
  const [fa, fb, fc] = [f(a) / a, f(b) / b, f(c) / c];
  const ab = (fb - fa) / (b - a);
  const abc = ((fc - fb) / (c - b) - ab) / (c - a);
  return [fa - ab * a + abc * a * b, ab - abc * (a + b), abc];
};

const evaluate = (
  m: Arithmetic,
  t: BodyValue,
  [c1, c2, c3]: readonly [number, number, number],
): BodyValue => m.mul(t, m.add(c1, m.mul(t, m.add(c2, m.mul(t, c3)))));

const logQuotient = (v: number): number => (v === 0 ? -1 : Math.log1p(-v) / v);
const logCubic = cubic((t) => logQuotient(near - t) - logQuotient(near));

/** ln(1 - s w)/s = w ln(u)/(1 - u) with u = 1 - s w: -w in the limit s w -> 0, -infinity where u <= 0. And u itself, at least 1e-30.
 * @param low - Least u the logarithm is taken of: 0 where -infinity is wanted. */
export const logOverS = (
  m: Arithmetic,
  s: Operand,
  w: BodyValue,
  low: number,
): { readonly ln: BodyValue; readonly u: Operand } => {
  if (s === 0) return { ln: m.graph.op('Neg', [w]), u: 1 };
  const u = m.sub(1, m.mul(s, w));
  const positive = m.max(u, 1e-30);
  if (m.float === 'float64') {
    // Kahan's log1p: the error of u cancels. Only CPUs compute in float64, and their Log is right to the last bit or two.
    const clipped = m.clip(u, low, belowOne.float64);
    return { ln: m.mul(m.div(w, m.sub(1, clipped)), m.log(clipped)), u: positive };
  }
  const clipped = m.clip(u, low, 1 - near);
  const quotient = m.div(m.log(clipped), m.sub(1, clipped));
  const t = m.graph.op('Relu', [m.sub(u, 1 - near)]);
  return { ln: m.mul(w, m.add(quotient, evaluate(m, t, logCubic))), u: positive };
};

const expQuotient = (a: number): number => (a === 0 ? 1 : Math.expm1(a) / a);
const expCubic = cubic((t) => expQuotient(t - near) - expQuotient(-near));

/** (e^a - 1)/a for a <= 0: 1 in the limit. Right to about 1e-6 in either type, which is enough to compare objectives. */
export const expm1Over = (m: Arithmetic, a: BodyValue): BodyValue => {
  const far = m.min(a, -near);
  const t = m.graph.op('Relu', [m.add(a, near)]);
  return m.add(m.div(m.sub(m.exp(far), 1), far), evaluate(m, t, expCubic));
};
