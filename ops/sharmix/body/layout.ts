// Rows of a tensor along an axis known only at run time, with shapes computed in the graph: any rank to [rows, n] and back, and
// [rows, n] to blocks and back.

import type { BodyBuilder, BodyValue } from '../../../src/schema/index.ts';
import { int64s, reduce } from './arithmetic.ts';

/** Element count of a slice of the shape; the empty slice counts 1. */
const product = (graph: BodyBuilder, shape: BodyValue, from: BodyValue, to: BodyValue): BodyValue =>
  reduce(
    graph,
    'ReduceProd',
    graph.op(
      'Concat',
      [int64s(graph, [1]), graph.op('Slice', [shape, from, to, int64s(graph, [0])])],
      { axis: { int: 0 } },
    ),
    [0],
    true,
  );

/** Reshape whose zeros mean zero elements, not "copy": that reading came with opset 14. */
const reshape = (graph: BodyBuilder, value: BodyValue, shape: BodyValue): BodyValue =>
  graph.op('Reshape', [value, shape], graph.opset >= 14 ? { allowzero: { int: 1 } } : {});

/** A tensor as rows, and the way back. */
export interface RowLayout {
  /** [rows, n] */
  readonly rows: BodyValue;
  /** n, int64 [1] */
  readonly n: BodyValue;
  /** Number of rows, int64 [1] */
  readonly count: BodyValue;
  /** [rows, n] to the tensor's own shape. */
  readonly restore: (rows: BodyValue) => BodyValue;
}

/** The rows of `value` along the operator's attribute `axis`. An axis out of range makes Gather, and so the run, fail. */
export const rowsAlong = (graph: BodyBuilder, value: BodyValue): RowLayout => {
  const shape = graph.op('Shape', [value]);
  const rank = graph.op('Shape', [shape]);
  const axis = graph.op('Unsqueeze', [graph.attribute('axis'), int64s(graph, [0])]);
  const isNegative = graph.op('Less', [axis, int64s(graph, [0])]);
  const from = graph.op('Where', [isNegative, graph.op('Add', [axis, rank]), axis]);
  const to = graph.op('Add', [from, int64s(graph, [1])]);

  const n = graph.op('Gather', [shape, axis]);
  const outer = product(graph, shape, int64s(graph, [0]), from);
  const inner = product(graph, shape, to, rank);
  const count = graph.op('Mul', [outer, inner]);
  const concat = (...parts: BodyValue[]): BodyValue =>
    graph.op('Concat', parts, { axis: { int: 0 } });
  const swap = (a: BodyValue): BodyValue =>
    graph.op('Transpose', [a], { perm: { ints: [0, 2, 1] } });

  const rows = swap(reshape(graph, value, concat(outer, n, inner)));
  return {
    rows: reshape(graph, rows, concat(count, n)),
    n,
    count,
    restore: (result) =>
      reshape(graph, swap(reshape(graph, result, concat(outer, inner, n))), shape),
  };
};

/** Most classes of a block. */
const blockSize = 64;

/** Rows filled up to whole blocks, and the way back. */
export interface Blocks {
  /** [rows, width], width = blocks * classes of a block */
  readonly table: BodyValue;
  /** [blocks, classes of a block], int64 [2] */
  readonly tail: BodyValue;
  /** [rows, width] to [rows, n]. */
  readonly restore: (table: BodyValue) => BodyValue;
}

/** Fills rows [rows, n] up with `fill` to the fewest blocks of equal size, at most {@link blockSize} classes. */
export const blocksOf = (
  graph: BodyBuilder,
  rows: BodyValue,
  n: BodyValue,
  fill: BodyValue,
): Blocks => {
  const one = int64s(graph, [1]);
  const ceilDiv = (a: BodyValue, b: BodyValue): BodyValue =>
    graph.op('Div', [graph.op('Sub', [graph.op('Add', [a, b]), one]), b]);
  const concat = (...parts: BodyValue[]): BodyValue =>
    graph.op('Concat', parts, { axis: { int: 0 } });
  const blocks = ceilDiv(n, int64s(graph, [blockSize]));
  const size = ceilDiv(n, blocks);
  const missing = graph.op('Sub', [graph.op('Mul', [blocks, size]), n]);
  return {
    table: graph.op('Pad', [rows, concat(int64s(graph, [0, 0, 0]), missing), fill]),
    tail: concat(blocks, size),
    restore: (table) => graph.op('Slice', [table, int64s(graph, [0]), n, one]),
  };
};

/** The shape [..., blocks, classes of a block] that takes `leading` axes over from what is reshaped. */
export const blockShape = (graph: BodyBuilder, tail: BodyValue, leading: number): BodyValue =>
  graph.op('Concat', [int64s(graph, new Array<number>(leading).fill(0)), tail], {
    axis: { int: 0 },
  });
