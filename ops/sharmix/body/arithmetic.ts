// Arithmetic on the values of a graph in one float type: numbers become scalar constants, reductions follow the opset.

import { onnxOfDType, type BodyBuilder, type BodyValue } from '../../../src/schema/index.ts';

/** The types the body computes in. float16 is computed in float32. */
export type Float = 'float32' | 'float64';

/** A value of the graph, or a number that becomes a constant. */
export type Operand = BodyValue | number;

type Binary = (a: Operand, b: Operand) => BodyValue;
type Unary = (a: Operand) => BodyValue;

/** Operators on float values. A table is [..., rows, width], its row values are [..., rows]. */
export interface Arithmetic {
  readonly graph: BodyBuilder;
  readonly float: Float;
  /** Shape [..., rows, blocks, classes of a block] that sums reshape a table to. */
  readonly blockShape: BodyValue;
  readonly value: (a: Operand) => BodyValue;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly max: Binary;
  readonly min: Binary;
  readonly exp: Unary;
  readonly log: Unary;
  readonly abs: Unary;
  readonly sqrt: Unary;
  readonly clip: (a: Operand, low: number, high: number) => BodyValue;
  readonly greater: Binary;
  readonly less: Binary;
  readonly and: (a: BodyValue, b: BodyValue) => BodyValue;
  readonly or: (a: BodyValue, b: BodyValue) => BodyValue;
  /** A bool as 0 or 1. */
  readonly indicator: (a: BodyValue) => BodyValue;
  /** An integer or a float of another width as this float. */
  readonly cast: (a: BodyValue) => BodyValue;
  /** Sum of each row of a table, as the sum of its blocks' sums: in float32 a sum's error grows with its length. */
  readonly sumRows: Unary;
  /** Largest element of each row of a table. */
  readonly maxRows: Unary;
  /** Largest element, as a scalar. */
  readonly maxAll: Unary;
  /** Row values as a column, to combine with a table. */
  readonly column: Unary;
  /** int64 constant [n]. */
  readonly ints: (...values: readonly number[]) => BodyValue;
}

/** An int64 constant of one axis. */
export const int64s = (graph: BodyBuilder, values: readonly number[]): BodyValue =>
  graph.constant({
    dtype: 'int64',
    dims: [values.length],
    data: BigInt64Array.from(values, BigInt),
  });

/** A reduction over one axis, or over all: the axes are an input since opset 13 (ReduceSum) or 18 (the others). */
export const reduce = (
  graph: BodyBuilder,
  type: 'ReduceSum' | 'ReduceMax' | 'ReduceProd',
  value: BodyValue,
  axes: readonly number[] | undefined,
  keepDims = false,
): BodyValue => {
  const keepdims = { int: keepDims ? 1 : 0 };
  if (axes === undefined) return graph.op(type, [value], { keepdims });
  if (type === 'ReduceSum' || graph.opset >= 18) {
    return graph.op(type, [value, int64s(graph, axes)], { keepdims });
  }
  return graph.op(type, [value], { keepdims, axes: { ints: axes } });
};

/** The arithmetic of a float type in a graph or subgraph. */
export const arithmetic = (graph: BodyBuilder, float: Float, blockShape: BodyValue): Arithmetic => {
  const value = (a: Operand): BodyValue => (typeof a === 'number' ? graph.scalar(float, a) : a);
  const unary =
    (type: string): Unary =>
    (a) =>
      graph.op(type, [value(a)]);
  const binary =
    (type: string): Binary =>
    (a, b) =>
      graph.op(type, [value(a), value(b)]);
  const cast = (a: BodyValue): BodyValue =>
    graph.op('Cast', [a], { to: { int: onnxOfDType(float) } });
  return {
    graph,
    float,
    blockShape,
    value,
    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('Div'),
    max: binary('Max'),
    min: binary('Min'),
    exp: unary('Exp'),
    log: unary('Log'),
    abs: unary('Abs'),
    sqrt: unary('Sqrt'),
    clip: (a, low, high) => graph.op('Clip', [value(a), value(low), value(high)]),
    greater: binary('Greater'),
    less: binary('Less'),
    and: binary('And'),
    or: binary('Or'),
    indicator: cast,
    cast,
    sumRows: (a) => {
      const blocks = graph.op('Reshape', [value(a), blockShape]);
      return reduce(graph, 'ReduceSum', reduce(graph, 'ReduceSum', blocks, [-1]), [-1]);
    },
    maxRows: (a) => reduce(graph, 'ReduceMax', value(a), [-1]),
    maxAll: (a) => reduce(graph, 'ReduceMax', value(a), undefined),
    column: (a) => graph.op('Unsqueeze', [value(a), int64s(graph, [-1])]),
    ints: (...values) => int64s(graph, values),
  };
};
