// Types of a graph's values, as far as the model's declarations and the rules of its operators tell them, without onnxruntime.
// Into subgraphs and model-local functions too.

import type { OpDefinition } from '../schema/op.ts';
import { portsOf } from '../schema/types.ts';
import type { GraphBytes, NodeBytes, OperatorName } from './bytes-graph.ts';
import { fieldsOf, textOf } from './bytes.ts';
import type { FunctionBytes } from './bytes-model.ts';
import { standardTypes, tensorElem } from './type-rules.ts';
import { declaredType, tensorType, type ValueType } from './value-types.ts';

/** Types by the names of values. */
export type TypeScope = ReadonlyMap<string, ValueType>;

/** What inference knows beside the graph. */
export interface TypeContext {
  readonly where: string;
  readonly functions: readonly FunctionBytes[];
  /** The installed operator of a node. */
  readonly operatorOf: (node: OperatorName) => OpDefinition | undefined;
  /** Called for every node of the graph and its subgraphs with the types around it. */
  readonly visit?: (node: NodeBytes, types: TypeScope) => void;
}

type Types = readonly (ValueType | undefined)[];

const operatorTypes = (op: OpDefinition, node: NodeBytes, inputs: Types): Types => {
  const bound = new Map<string, ValueType>();
  const ports = portsOf(op.schema.inputs);
  node.inputs.forEach((_, at) => {
    const port = ports[Math.min(at, ports.length - 1)];
    const type = inputs[at];
    if (port !== undefined && type !== undefined) bound.set(port.type, type);
  });
  const outputs = portsOf(op.schema.outputs);
  return node.outputs.map((_, at) => {
    const port = outputs[Math.min(at, outputs.length - 1)]!;
    const allowed = op.schema.types[port.type];
    if (allowed === undefined) return tensorType(port.type as 'float32');
    return bound.get(port.type) ?? (allowed.length === 1 ? tensorType(allowed[0]!) : undefined);
  });
};

/** The types of the outputs of an If, Loop or Scan: those of its subgraph's outputs. */
const controlTypes = (node: NodeBytes, graph: GraphBytes, inner: TypeScope): Types => {
  const outputs = graph.outputs.map(({ name }) => inner.get(name));
  return node.type === 'Loop' ? outputs.slice(1) : outputs;
};

/** What is known of the formal inputs of a subgraph. */
const formalTypes = (node: NodeBytes, graph: GraphBytes, inputs: Types): TypeScope => {
  const types = new Map<string, ValueType>();
  const given: Types =
    node.type === 'Loop' ? [tensorType('int64'), tensorType('bool'), ...inputs.slice(2)] : inputs;
  graph.inputs.forEach(({ name }, at) => {
    const type = given[at];
    if (type !== undefined) types.set(name, type);
  });
  return types;
};

/** Types of a graph's values: those of `outer`, and its own. */
export const inferTypes = (
  graph: GraphBytes,
  outer: TypeScope,
  context: TypeContext,
): Map<string, ValueType> => {
  const { where } = context;
  const types = new Map(outer);
  for (const { name, bytes } of graph.initializers) types.set(name, tensorType(tensorElem(bytes)));
  for (const { name, bytes } of graph.sparseInitializers) {
    const values = fieldsOf(bytes, where).find((field) => field.number === 1);
    if (values !== undefined) types.set(name, tensorType(tensorElem(values.payload)));
  }
  for (const { name, bytes } of [...graph.valueInfos, ...graph.outputs, ...graph.inputs]) {
    const type = declaredType(bytes, where);
    if (type !== undefined) types.set(name, type);
  }
  inferNodes(graph.nodes, types, context);
  return types;
};

const inferNodes = (
  nodes: readonly NodeBytes[],
  types: Map<string, ValueType>,
  context: TypeContext,
): void => {
  for (const node of nodes) {
    context.visit?.(node, types);
    const found = outputTypes(node, types, context);
    node.outputs.forEach((name, at) => {
      const type = found[at];
      if (name !== '' && type !== undefined && !types.has(name)) types.set(name, type);
    });
  }
};

const outputTypes = (node: NodeBytes, types: TypeScope, context: TypeContext): Types => {
  const inputs = node.inputs.map((name) => types.get(name));
  const inner = node.subgraphs.map(({ graph }) =>
    inferTypes(graph, new Map([...types, ...formalTypes(node, graph, inputs)]), context),
  );
  const [first] = node.subgraphs;
  if (first !== undefined && ['If', 'Loop', 'Scan'].includes(node.type) && node.domain === '') {
    return controlTypes(node, first.graph, inner[0]!);
  }
  const op = context.operatorOf(node);
  if (op !== undefined) return operatorTypes(op, node, inputs);
  if (
    node.domain === '' ||
    (node.domain === 'com.microsoft' && node.type.endsWith('QuantizeLinear'))
  )
    return standardTypes(node, inputs);
  const called = context.functions.find((f) => f.domain === node.domain && f.type === node.type);
  return called === undefined ? [] : functionTypes(called, inputs, context);
};

const functionTypes = (called: FunctionBytes, inputs: Types, context: TypeContext): Types => {
  const fields = fieldsOf(called.bytes, context.where);
  const names = (number: number): string[] =>
    fields.filter((f) => f.number === number).map(({ payload }) => textOf(payload));
  const types = new Map<string, ValueType>();
  names(4).forEach((name, at) => {
    const type = inputs[at];
    if (type !== undefined) types.set(name, type);
  });
  const { visit: _, ...rest } = context;
  inferNodes(called.nodes, types, rest);
  return names(5).map((name) => types.get(name));
};
