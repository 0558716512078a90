// The region r < 2 - 1/q, where a row can have several local maxima: a grid over the bracket of ln T finds candidates, Newton steps
// refine them, and the one with the best objective starts the common search. Taken through an If, so the concave case pays nothing.

import type { BodyBuilder, BodyGraph, BodyValue } from '../../../src/schema/index.ts';
import { arithmetic, int64s, type Arithmetic, type Float } from './arithmetic.ts';
import { equationAt, stepAt, weightsAt, type RowState } from './equation.ts';
import type { Indices } from './indices.ts';
import type { Start } from './newton.ts';
import { expm1Over } from './quotients.ts';

/** Points of the grid, in `chunks` of `perChunk`: memory grows by one chunk, not by the grid. */
const perChunk = 8;
const chunks = 4;
const points = perChunk * chunks;
/** Newton steps of each candidate. */
const refinements = 3;
/** Part of 1 + |objective| by which a later candidate must win: more than rounding. Where logits nearly tie the objective is flat,
 * and its largest value on the grid may be far from any root. */
const objectiveRounding: Readonly<Record<Float, number>> = { float32: 1e-6, float64: 1e-13 };

const trips = (graph: BodyBuilder, count: number): BodyValue =>
  graph.constant({ dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(count)) });

/** Constants 0 .. count - 1 times `scale`, [count, 1]: one for each point or candidate. */
const ramp = ({ graph, float }: Arithmetic, count: number, scale: number): BodyValue => {
  const shape = { dims: [count, 1] } as const;
  const values = Array.from({ length: count }, (_, i) => scale * i);
  return graph.constant(
    float === 'float32'
      ? { dtype: float, ...shape, data: Float32Array.from(values) }
      : { dtype: float, ...shape, data: Float64Array.from(values) },
  );
};

/** -T mean + H_{r,q}/q: the objective less the row's maximum. H_{r,q} = H (e^a - 1)/a with a = (1-r) H. */
const objective = (m: Arithmetic, k: BodyValue, state: RowState, ix: Indices): BodyValue => {
  const entropy = m.add(state.lnSum, state.l);
  const deformed = m.mul(entropy, expm1Over(m, m.mul(m.sub(1, ix.r), entropy)));
  return m.sub(m.div(deformed, ix.q), m.div(state.mean, k));
};

/** A Loop that is repeated a fixed number of times: `carried` [rank 2] values on, `collected` [rank 2] values stacked. */
const repeat = (
  m: Arithmetic,
  count: number,
  carried: BodyValue | undefined,
  collected: number,
  body: (
    inner: Arithmetic,
    trip: BodyValue,
    carried: BodyValue | undefined,
  ) => { readonly carried?: BodyValue; readonly collected: readonly BodyValue[] },
): readonly BodyValue[] => {
  const build = (graph: BodyBuilder): BodyGraph => {
    const trip = graph.value('trip');
    const going = graph.value('going');
    const inner = arithmetic(graph, m.float, m.blockShape);
    const state = carried === undefined ? undefined : graph.value('candidates');
    const result = body(inner, trip, state);
    const table = (value: BodyValue) => ({ value, dtype: m.float, rank: 2 }) as const;
    return {
      inputs: [
        { value: trip, dtype: 'int64', rank: 0 },
        { value: going, dtype: 'bool', rank: 0 },
        ...(state === undefined ? [] : [table(state)]),
      ],
      outputs: [
        { value: graph.op('Identity', [going]), dtype: 'bool', rank: 0 },
        ...(result.carried === undefined ? [] : [table(result.carried)]),
        ...result.collected.map(table),
      ],
    };
  };
  return m.graph.ops(
    (carried === undefined ? 0 : 1) + collected,
    'Loop',
    [trips(m.graph, count), m.graph.scalar('bool', 1), ...(carried === undefined ? [] : [carried])],
    { body: { graph: build } },
  );
};

/** The grid of ln T: `from + step i`, [rows] each. */
interface Grid {
  readonly from: BodyValue;
  readonly step: BodyValue;
}

/** G and the objective at every point of the grid, [points, rows] each. */
const scan = (
  m: Arithmetic,
  d: BodyValue,
  grid: Grid,
  ix: Indices,
): { readonly g: BodyValue; readonly value: BodyValue } => {
  const stacked = repeat(m, chunks, undefined, 2, (inner, trip) => {
    const offsets = inner.value(0);
    const index = inner.add(inner.mul(inner.cast(trip), perChunk), ramp(inner, perChunk, 1));
    const x = inner.add(grid.from, inner.mul(index, grid.step));
    const k = inner.exp(inner.sub(offsets, x));
    const weights = weightsAt(inner, d, k, ix);
    const state = equationAt(inner, k, weights, ix);
    return { collected: [state.g, objective(inner, k, state, ix)] };
  });
  const flat = (value: BodyValue): BodyValue => {
    const rows = m.graph.op('Shape', [grid.from]);
    const shape = m.graph.op('Concat', [int64s(m.graph, [points]), rows], { axis: { int: 0 } });
    return m.graph.op('Reshape', [value, shape]);
  };
  return { g: flat(stacked[0]!), value: flat(stacked[1]!) };
};

const gather = (m: Arithmetic, table: BodyValue, index: BodyValue): BodyValue =>
  m.graph.op('GatherElements', [table, index], { axis: { int: 0 } });

const argMax = (m: Arithmetic, table: BodyValue, last: boolean): BodyValue =>
  m.graph.op('ArgMax', [table], {
    axis: { int: 0 },
    keepdims: { int: 1 },
    select_last_index: { int: last ? 1 : 0 },
  });

/** ln T of the candidates, [3, rows]: the first and the last upward sign change of G, and the best point of the grid, which
 * also stands for a sign change where there is none. */
const candidates = (m: Arithmetic, d: BodyValue, grid: Grid, ix: Indices): BodyValue => {
  const { g, value } = scan(m, d, grid, ix);
  const slice = (table: BodyValue, from: number, to: number): BodyValue =>
    m.graph.op('Slice', [table, m.ints(from), m.ints(to), m.ints(0)]);
  const isPositive = m.indicator(m.greater(g, 0));
  const upward = m.mul(slice(isPositive, 1, points), m.sub(1, slice(isPositive, 0, points - 1)));
  const lnT = (position: BodyValue): BodyValue => m.add(grid.from, m.mul(position, grid.step));
  const best = lnT(m.cast(argMax(m, value, false)));
  const crossing = (last: boolean): BodyValue => {
    const at = argMax(m, upward, last);
    const below = gather(m, g, at);
    const above = gather(m, g, m.graph.op('Add', [at, m.ints(1)]));
    const fraction = m.div(m.sub(0, below), m.max(m.sub(above, below), 1e-20));
    const root = lnT(m.add(m.cast(at), m.clip(fraction, 0, 1)));
    return m.add(best, m.mul(gather(m, upward, at), m.sub(root, best)));
  };
  return m.graph.op('Concat', [crossing(false), crossing(true), best], { axis: { int: 0 } });
};

/** k of the candidate with the best objective after a few clipped Newton steps, [rows]; of equals, the first. */
const bestOf = (m: Arithmetic, d: BodyValue, lnT: BodyValue, ix: Indices): BodyValue => {
  const start = m.exp(m.graph.op('Neg', [lnT]));
  const [refined] = repeat(m, refinements, start, 0, (inner, _trip, k) => {
    const { step } = stepAt(inner, k!, weightsAt(inner, d, k!, ix), ix);
    return {
      carried: inner.div(k!, inner.clip(inner.sub(1, step), 0.7, 1.4)),
      collected: [],
    };
  });
  const state = equationAt(m, refined!, weightsAt(m, d, refined!, ix), ix);
  const value = objective(m, refined!, state, ix);
  const handicap = m.mul(ramp(m, 3, objectiveRounding[m.float]), m.add(1, m.abs(value)));
  const best = argMax(m, m.sub(value, handicap), false);
  return m.graph.op('Squeeze', [gather(m, refined!, best), int64s(m.graph, [0])]);
};

/** Start and bracket of the common search for the global maximum.
 * @param d - Distances, [rows, width].
 * @param masked - The distance that stands for a masked class.
 * @param manyRows - Arithmetic on tables of one more axis: the candidates. */
export const globalStart = (
  m: Arithmetic,
  manyRows: Arithmetic,
  d: BodyValue,
  masked: number,
  ix: Indices,
): Start => {
  const open = m.indicator(m.less(d, masked));
  const lnN = m.log(m.max(m.sumRows(open), 1));
  const from = m.mul(m.sub(0, ix.s), lnN);
  const to = m.mul(m.sub(ix.q, ix.r), lnN);
  const step = m.div(m.sub(to, from), points - 1);
  const k = bestOf(manyRows, d, candidates(manyRows, d, { from, step }, ix), ix);
  return { k, low: m.mul(k, 0.5), high: m.mul(k, 2) };
};
