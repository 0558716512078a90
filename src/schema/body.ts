// The graph builder a function body is written against. `src/onnx` implements it; operators see only this.

import type { DType } from '../core/dtype.ts';
import type { Tensor } from '../core/tensor.ts';

/** A value of the graph under construction: its name in the ONNX function. */
export interface BodyValue {
  readonly name: string;
}

/** Attribute of a node: a number list is `ints` when written as `{ ints: [...] }`, so that nothing is guessed. */
export type NodeAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: Tensor }
  | { readonly graph: (graph: BodyBuilder) => BodyGraph };

/** A formal input or a result of a subgraph. */
export interface BodyPort {
  readonly value: BodyValue;
  readonly dtype: DType;
  /** Left out where it depends on the model. */
  readonly rank?: number;
}

/** A subgraph (branch of If, body of Loop): its formal inputs and its results. */
export interface BodyGraph {
  readonly inputs: readonly BodyPort[];
  readonly outputs: readonly BodyPort[];
}

/** Adds standard ONNX operators (domain `ai.onnx`) of one opset to a function body. */
export interface BodyBuilder {
  /** The opset the body is for: that of the model it goes into. */
  readonly opset: number;
  /** A node with one output. */
  op(
    type: string,
    inputs: readonly (BodyValue | undefined)[],
    attributes?: Readonly<Record<string, NodeAttribute>>,
  ): BodyValue;
  /** A node with `count` outputs. */
  ops(
    count: number,
    type: string,
    inputs: readonly (BodyValue | undefined)[],
    attributes?: Readonly<Record<string, NodeAttribute>>,
  ): readonly BodyValue[];
  /** A fresh name without a node: a formal input of a subgraph. */
  value(hint: string): BodyValue;
  /** A constant tensor (equal constants share a node). */
  constant(value: Tensor): BodyValue;
  /** A scalar constant of an element type. */
  scalar(dtype: DType, value: number): BodyValue;
  /** The operator's attribute of this name as a constant that refers to it: int -> int64 scalar, float -> float32 scalar, ints -> int64 [n], floats -> float32 [n]. */
  attribute(name: string): BodyValue;
}
