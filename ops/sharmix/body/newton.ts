// The root of every row by Newton steps within a bracket, in one Loop that ends with the slowest row. A row that has converged is
// frozen, so its result does not depend on the rest of the batch. Two loops: any r, and r = q, where the steps are monotone.

import type { BodyBuilder, BodyValue } from '../../../src/schema/index.ts';
import { arithmetic, type Arithmetic, type Float } from './arithmetic.ts';
import { stepAt, weightsAt } from './equation.ts';
import type { Indices } from './indices.ts';

/** When the steps end. */
interface Tolerance {
  /** Bound on |step| (1 + B/E): the linearised finish corrects what is left, to second order. */
  readonly reach: number;
  /** Bound on |step| alone, where rounding hides the rest. */
  readonly step: number;
  readonly maxSteps: number;
}

/** By float type. */
const tolerances: Readonly<Record<Float, Tolerance>> = {
  float32: { reach: 3e-4, step: 6e-8, maxSteps: 24 },
  float64: { reach: 1e-6, step: 1e-15, maxSteps: 60 },
};

/** Weights and last step of every row at the k it ended with. */
export interface Solution {
  readonly e: BodyValue;
  readonly slope: BodyValue;
  readonly step: BodyValue;
}

/** Where the search starts, and its bracket, [rows] each. */
export interface Start {
  readonly k: BodyValue;
  readonly low: BodyValue;
  readonly high: BodyValue;
}

/** One iteration: from the carried row values to the next ones, and what remains to be done. */
type Iteration = (
  m: Arithmetic,
  carried: readonly BodyValue[],
) => { readonly carried: readonly BodyValue[]; readonly open: BodyValue } & Solution;

/** A Loop over `iteration`, while any row is open. */
const loop = (
  m: Arithmetic,
  d: BodyValue,
  initial: readonly BodyValue[],
  iteration: Iteration,
): Solution => {
  const { float, graph } = m;
  const body = (inner: BodyBuilder) => {
    const trip = inner.value('trip');
    const going = inner.value('going');
    const carried = initial.map(() => inner.value('row'));
    const old = ['e', 'slope', 'step'].map((name) => inner.value(name));
    const inside = arithmetic(inner, float, m.blockShape);
    const { carried: next, open, e, slope, step } = iteration(inside, carried);
    const goesOn = inside.greater(inside.maxAll(inside.indicator(open)), 0);
    const rows = (value: BodyValue) => ({ value, dtype: float, rank: 1 }) as const;
    const table = (value: BodyValue) => ({ value, dtype: float, rank: 2 }) as const;
    return {
      inputs: [
        { value: trip, dtype: 'int64', rank: 0 } as const,
        { value: going, dtype: 'bool', rank: 0 } as const,
        ...carried.map(rows),
        table(old[0]!),
        table(old[1]!),
        rows(old[2]!),
      ],
      outputs: [
        { value: goesOn, dtype: 'bool', rank: 0 } as const,
        ...next.map(rows),
        table(e),
        table(slope),
        rows(step),
      ],
    };
  };
  const maxSteps = graph.constant({
    dtype: 'int64',
    dims: [],
    data: BigInt64Array.of(BigInt(tolerances[float].maxSteps)),
  });
  const results = graph.ops(
    initial.length + 3,
    'Loop',
    [maxSteps, undefined, ...initial, d, d, initial[0]],
    { body: { graph: body } },
  );
  const [e, slope, step] = results.slice(initial.length);
  return { e: e!, slope: slope!, step: step! };
};

/** Rows whose step is still above the tolerance; NaN counts as done, or a bad row would hold up the others. */
const isOpen = (m: Arithmetic, step: BodyValue, reach: BodyValue): BodyValue => {
  const tolerance = tolerances[m.float];
  return m.and(m.greater(reach, tolerance.reach), m.greater(m.abs(step), tolerance.step));
};

/** `a` where the indicator is 1, `b` where it is 0; both finite. Two products: Where is the slowest operator here. */
const select = (m: Arithmetic, indicator: BodyValue, a: BodyValue, b: BodyValue): BodyValue =>
  m.add(m.mul(indicator, a), m.mul(m.sub(1, indicator), b));

/** Solves for any r: Newton, and the bracket's geometric middle where a step is too long, gains too little or leaves the bracket. */
export const solve = (m: Arithmetic, d: BodyValue, start: Start, ix: Indices): Solution => {
  const far = m.mul(start.k, 0);
  const initial = [start.k, start.low, start.high, m.add(far, 1e30)];
  return loop(m, d, initial, (inner, [k, low, high, before]) => {
    const weights = weightsAt(inner, d, k!, ix);
    const { g, step, reach } = stepAt(inner, k!, weights, ix);
    const isLow = inner.indicator(inner.greater(g, 0));
    const nextLow = select(inner, isLow, k!, low!);
    const nextHigh = select(inner, isLow, high!, k!);
    const factor = inner.sub(1, step);
    const size = inner.abs(g);
    const newton = inner.div(k!, inner.max(factor, 0.05));
    const middle = inner.mul(inner.sqrt(nextLow), inner.sqrt(nextHigh));
    const isInside = inner.and(inner.greater(newton, nextLow), inner.less(newton, nextHigh));
    const isGood = inner.and(
      inner.and(inner.greater(factor, 0.2), inner.less(size, inner.mul(0.5, before!))),
      isInside,
    );
    const open = isOpen(inner, step, reach);
    const moved = select(inner, inner.indicator(isGood), newton, middle);
    return {
      carried: [select(inner, inner.indicator(open), moved, k!), nextLow, nextHigh, size],
      open,
      e: weights.e,
      slope: weights.slope,
      step,
    };
  });
};

/** Solves for r = q from k = 1: F = 1 - k E^-s, G' = 1 + s B/E; Newton's steps are monotone and need no bracket. */
export const solveEntmax = (m: Arithmetic, d: BodyValue, one: BodyValue, ix: Indices): Solution =>
  loop(m, d, [one], (inner, [k]) => {
    const weights = weightsAt(inner, d, k!, ix);
    const sum = inner.sumRows(weights.e);
    const ratio = inner.div(inner.sumRows(weights.slope), sum);
    const power = inner.exp(inner.mul(inner.sub(0, ix.s), inner.log(sum)));
    const step = inner.div(
      inner.sub(1, inner.mul(k!, power)),
      inner.add(1, inner.mul(ix.s, ratio)),
    );
    const reach = inner.mul(inner.abs(step), inner.add(1, ratio));
    const open = isOpen(inner, step, reach);
    const factor = inner.clip(inner.sub(1, inner.mul(step, inner.indicator(open))), 0.05, 20);
    return { carried: [inner.div(k!, factor)], open, e: weights.e, slope: weights.slope, step };
  });
