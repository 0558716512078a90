// ONNX function body of SharMiX: standard operators only, any shape and axis, for one signature and opset.

import {
  onnxOfDType,
  type Body,
  type BodyBuilder,
  type BodyGraph,
  type BodyValue,
  type DType,
} from '../../src/schema/index.ts';
import { arithmetic, type Arithmetic, type Float, type Operand } from './body/arithmetic.ts';
import { globalStart } from './body/global.ts';
import { readIndices, type Indices } from './body/indices.ts';
import { blockShape, blocksOf, rowsAlong, type RowLayout } from './body/layout.ts';
import { solve, solveEntmax, type Solution, type Start } from './body/newton.ts';
import type { SharmixSchema } from './schema.ts';

/** Where rows come from: their number, the number of classes, and of blocks and classes of a block. */
type Rows = Pick<RowLayout, 'n' | 'count'> & { readonly tail: BodyValue };

/** Distance that stands for a masked class: beyond any support, and finite, so that 0 times it is 0. */
const masked = 1e15;

/** Distances d = (max - z)/temperature, [rows, n]: NaN for rows that hold NaN or +infinity or are masked throughout, infinite for masks. */
const distances = (m: Arithmetic, rows: BodyValue): BodyValue =>
  m.div(m.sub(m.column(m.maxRows(rows)), rows), m.cast(m.graph.attribute('temperature')));

/** p = relu(e - e' step)/sum: the weights at the end of the last step, to first order. */
const finish = (m: Arithmetic, { e, slope, step }: Solution, guard: BodyValue): BodyValue => {
  const weights = m.graph.op('Relu', [m.sub(e, m.mul(slope, m.column(step)))]);
  return m.div(weights, m.column(m.add(m.sumRows(weights), guard)));
};

/** n^exponent, where n is the number of classes. */
const powerOf = (m: Arithmetic, lnN: BodyValue, exponent: Operand): BodyValue =>
  m.exp(m.mul(exponent, lnN));

/** Start at T = 1, and the bracket that holds whatever the row: T between n^(1-r) and 1, or n^(1-q) and n^(q-r) for r < q. */
const concaveStart = (m: Arithmetic, { n, count }: Rows, ix: Indices): Start => {
  const ones = m.graph.op('Expand', [m.value(1), count]);
  const lnN = m.log(m.cast(n));
  const low = m.mul(powerOf(m, lnN, m.min(m.sub(ix.r, ix.q), 0)), 0.999);
  const high = m.mul(powerOf(m, lnN, m.sub(m.max(ix.q, ix.r), 1)), 1.001);
  return { k: ones, low: m.mul(ones, low), high: m.mul(ones, high) };
};

/** The branch of an If that ends with where the search starts. */
const branch = (start: (inner: BodyBuilder) => Start, dtype: Float) => ({
  graph: (graph: BodyBuilder): BodyGraph => {
    const { k, low, high } = start(graph);
    const rows = (value: BodyValue) => ({ value, dtype, rank: 1 }) as const;
    return { inputs: [], outputs: [rows(k), rows(low), rows(high)] };
  },
});

const solveExact = (m: Arithmetic, d: BodyValue, rows: Rows, ix: Indices): Solution => {
  const { float } = m;
  // At q = 1 the objective is concave for every r >= 1.
  if (ix.q === 1) return solve(m, d, concaveStart(m, rows, ix), ix);
  const isManyPeaked = m.greater(m.mul(ix.q, m.sub(2, ix.r)), 1.00001);
  const [k, low, high] = m.graph.ops(3, 'If', [isManyPeaked], {
    then_branch: branch((graph) => {
      const inner = arithmetic(graph, float, m.blockShape);
      const manyRows = arithmetic(graph, float, blockShape(graph, rows.tail, 2));
      return globalStart(inner, manyRows, d, masked, ix);
    }, float),
    else_branch: branch(
      (graph) => concaveStart(arithmetic(graph, float, m.blockShape), rows, ix),
      float,
    ),
  });
  return solve(m, d, { k: k!, low: low!, high: high! }, ix);
};

/** The indices a signature has. */
interface Given {
  readonly q: BodyValue | undefined;
  readonly r: BodyValue | undefined;
}

/** The rows' probabilities, [rows, n], where there are rows. */
const probabilities = (
  graph: BodyBuilder,
  float: Float,
  layout: RowLayout,
  given: Given,
  coupling: 'exact' | 'entmax',
): BodyValue => {
  const isEntmax = coupling === 'entmax' || given.r === undefined;
  const rows = graph.op('Cast', [layout.rows], { to: { int: onnxOfDType(float) } });
  const fill = graph.scalar(float, -Infinity);
  const { table, tail, restore } = blocksOf(graph, rows, layout.n, fill);
  const m = arithmetic(graph, float, blockShape(graph, tail, 1));
  const ix = readIndices(m, given);
  const gaps = distances(m, table);
  const d = m.min(gaps, masked);
  // 0, or NaN where a gap is NaN; of the gaps before the Min, for a Min in WGSL may lose a NaN.
  const guard = m.add(m.sumRows(m.div(0, m.add(1, gaps))), ix.guard);
  if (isEntmax && given.q === undefined) {
    const softmax = graph.op('Softmax', [graph.op('Neg', [d])], { axis: { int: -1 } });
    // The guard again: a Softmax in WGSL may lose the NaN of its row.
    return restore(m.add(softmax, m.column(guard)));
  }
  const solution = isEntmax
    ? solveEntmax(m, d, graph.op('Expand', [m.value(1), layout.count]), ix)
    : solveExact(m, d, { ...layout, tail }, ix);
  return restore(finish(m, solution, guard));
};

/** `build` where `value` has elements, else `value`: reductions over nothing are what runtimes disagree on. */
const whereFilled = (
  graph: BodyBuilder,
  value: BodyValue,
  dtype: DType,
  build: (graph: BodyBuilder) => BodyValue,
): BodyValue => {
  const size = graph.op('Size', [value]);
  const branch = (result: (inner: BodyBuilder) => BodyValue) => ({
    graph: (inner: BodyBuilder): BodyGraph => ({
      inputs: [],
      outputs: [{ value: result(inner), dtype }],
    }),
  });
  return graph.op('If', [graph.op('Greater', [size, graph.scalar('int64', 0)])], {
    then_branch: branch(build),
    else_branch: branch((inner) => inner.op('Identity', [value])),
  });
};

/** Function body of SharMiX: `argmax_p <p, logits>/temperature + H_{r,q}(p)/q` along `axis`, for any shape.
 *
 * float16 is computed in float32. Rows that hold NaN or +infinity or are masked throughout, and all rows where q or r is out of
 * range, are NaN. Errors against the float64 map at the same inputs: 2e-6 (5e-6 at n = 1000) in float32, 1e-9 in float64. */
export const body: Body<SharmixSchema> = {
  specialised: ['coupling'],
  build: (graph, { logits, q, r }, { types: { T }, attributes }) => ({
    probabilities: whereFilled(graph, logits!, T, (inner) => {
      const float = T === 'float64' ? 'float64' : 'float32';
      const layout = rowsAlong(inner, logits!);
      const result = probabilities(inner, float, layout, { q, r }, attributes.coupling ?? 'exact');
      const typed =
        T === float ? result : inner.op('Cast', [result], { to: { int: onnxOfDType(T) } });
      return layout.restore(typed);
    }),
  }),
};
