// ONNX function body of SharMiX: standard operators only, any shape and axis, for one signature and opset.

import type { Body, BodyBuilder, BodyGraph, BodyValue } from '../../src/schema/index.ts';
import { onnxOfDType } from '../../src/schema/index.ts';
import { arithmetic, type Arithmetic, type Float, type Operand } from './body/arithmetic.ts';
import { globalStart } from './body/global.ts';
import { readIndices, type Indices } from './body/indices.ts';
import { rowsAlong, type RowLayout } from './body/layout.ts';
import { solve, solveEntmax, type Solution, type Start } from './body/newton.ts';
import type { SharmixSchema } from './schema.ts';

/** Distance that stands for a masked class: beyond any support, and finite, so that 0 times it is 0. */
const masked = 1e15;

/** Distances d = (max - z)/temperature, [rows, n], and NaN for the rows that hold NaN or +infinity or are masked throughout, else 0. */
const distances = (
  m: Arithmetic,
  rows: BodyValue,
): { readonly d: BodyValue; readonly raw: BodyValue } => {
  const gaps = m.sub(m.column(m.maxRows(rows)), rows);
  const raw = m.div(gaps, m.cast(m.graph.attribute('temperature')));
  return { d: m.min(raw, masked), raw };
};

/** p = relu(e - e' step)/sum: the weights at the end of the last step, to first order. */
const finish = (m: Arithmetic, { e, slope, step }: Solution, guard: BodyValue): BodyValue => {
  const weights = m.graph.op('Relu', [m.sub(e, m.mul(slope, m.column(step)))]);
  return m.div(weights, m.column(m.add(m.sumRows(weights), guard)));
};

/** n^exponent, where n is the number of classes. */
const powerOf = (m: Arithmetic, lnN: BodyValue, exponent: Operand): BodyValue =>
  m.exp(m.mul(exponent, lnN));

/** Start at T = 1, and the bracket that holds whatever the row: T between n^(1-r) and 1, or n^(1-q) and n^(q-r) for r < q. */
const concaveStart = (m: Arithmetic, { n, count }: RowLayout, ix: Indices): Start => {
  const ones = m.graph.op('Expand', [m.value(1), count]);
  const lnN = m.log(m.cast(n));
  const low = m.mul(powerOf(m, lnN, m.min(m.sub(ix.r, ix.q), 0)), 0.999);
  const high = m.mul(powerOf(m, lnN, m.sub(m.max(ix.q, ix.r), 1)), 1.001);
  return { k: ones, low: m.mul(ones, low), high: m.mul(ones, high) };
};

/** The branch of an If that ends with where the search starts. */
const branch = (m: Arithmetic, start: (inner: Arithmetic) => Start) => ({
  graph: (graph: BodyBuilder): BodyGraph => {
    const { k, low, high } = start(arithmetic(graph, m.float));
    const rows = (value: BodyValue) => ({ value, dtype: m.float, rank: 1 }) as const;
    return { inputs: [], outputs: [rows(k), rows(low), rows(high)] };
  },
});

const solveExact = (m: Arithmetic, d: BodyValue, layout: RowLayout, ix: Indices): Solution => {
  // At q = 1 the objective is concave for every r >= 1.
  if (ix.q === 1) return solve(m, d, concaveStart(m, layout, ix), ix);
  const isManyPeaked = m.greater(m.mul(ix.q, m.sub(2, ix.r)), 1.00001);
  const [k, low, high] = m.graph.ops(3, 'If', [isManyPeaked], {
    then_branch: branch(m, (inner) => globalStart(inner, d, masked, ix)),
    else_branch: branch(m, (inner) => concaveStart(inner, layout, ix)),
  });
  return solve(m, d, { k: k!, low: low!, high: high! }, ix);
};

const build = (
  graph: BodyBuilder,
  inputs: {
    readonly logits: BodyValue;
    readonly q: BodyValue | undefined;
    readonly r: BodyValue | undefined;
  },
  float: Float,
  coupling: 'exact' | 'entmax',
): BodyValue => {
  const m = arithmetic(graph, float);
  const layout = rowsAlong(graph, inputs.logits);
  const { d, raw } = distances(m, m.cast(layout.rows));
  const ix = readIndices(m, inputs);
  const guard = m.add(m.sumRows(m.mul(d, 0)), ix.guard);
  const isEntmax = coupling === 'entmax' || inputs.r === undefined;
  if (isEntmax && inputs.q === undefined) {
    return layout.restore(graph.op('Softmax', [graph.op('Neg', [raw])], { axis: { int: -1 } }));
  }
  const ones = graph.op('Expand', [m.value(1), layout.count]);
  const solution = isEntmax ? solveEntmax(m, d, ones, ix) : solveExact(m, d, layout, ix);
  return layout.restore(finish(m, solution, guard));
};

/** Function body of SharMiX. */
export const body: Body<SharmixSchema> = {
  specialised: ['coupling'],
  build: (graph, { logits, q, r }, { types, attributes }) => {
    const float = types.T === 'float64' ? 'float64' : 'float32';
    const result = build(graph, { logits: logits!, q, r }, float, attributes.coupling ?? 'exact');
    if (types.T === float) return { probabilities: result };
    return {
      probabilities: graph.op('Cast', [result], { to: { int: onnxOfDType(types.T) } }),
    };
  },
};
