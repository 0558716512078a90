// Who runs each node: a kernel of an installed operator, onnxruntime, or the interpreter of control flow. What none can run is an
// error that names the fix.

import { RuntimeError } from '../core/errors.ts';
import { describeNode, type NodeBytes, type OperatorName } from '../onnx/bytes-graph.ts';
import { functionsFor, type FunctionBytes, type ModelBytes } from '../onnx/bytes-model.ts';
import { inferTypes, type TypeContext, type TypeScope } from '../onnx/infer-types.ts';
import { inlineFunctions } from '../onnx/inline.ts';
import type { ValueType } from '../onnx/value-types.ts';
import type { OpDefinition } from '../schema/op.ts';
import type { OpRegistry } from '../schema/registry.ts';
import { BodyWriter } from './control-flow/bodies.ts';
import { standIn } from './control-flow/stand-in.ts';

/** Domains whose operators are onnxruntime's own: it says itself which of them it lacks. */
const ownDomains: ReadonlySet<string> = new Set([
  '',
  'ai.onnx.ml',
  'ai.onnx.preview',
  'ai.onnx.preview.training',
  'ai.onnx.training',
  'com.microsoft',
  'com.microsoft.dml',
  'com.microsoft.experimental',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
  'org.pytorch.aten',
]);

/** Who runs what. */
export interface Resolution {
  /** The model: calls of functions that hold custom nodes expanded, bodies of operators added that onnxruntime runs in subgraphs. */
  readonly model: ModelBytes;
  /** The operators that run in kernels, by index of their node in the main graph; a stand-in for an interpreted node. */
  readonly kernels: ReadonlyMap<number, OpDefinition>;
  /** Why control-flow nodes are interpreted, by index. */
  readonly interpreted: ReadonlyMap<number, string>;
  /** Types of values of the main graph as far as the model tells them. */
  readonly types: () => TypeScope;
}

const versionOf = (model: ModelBytes, domain: string): number => model.opsets.get(domain) ?? 1;

/** The installed operator of a node: the same domain and type, and the version the model imports. */
const operatorOf = (
  model: ModelBytes,
  registry: OpRegistry,
  { domain, type }: OperatorName,
): OpDefinition | undefined => registry.get(domain, type, versionOf(model, domain));

const hasFunction = (model: ModelBytes, { domain, type }: OperatorName): boolean =>
  model.functions.some((candidate) => candidate.domain === domain && candidate.type === type);

const label = (model: ModelBytes, { domain, type }: OperatorName): string =>
  `${domain}@${versionOf(model, domain)}::${type}`;

const unresolved = (
  model: ModelBytes,
  registry: OpRegistry,
  node: NodeBytes,
  where: string,
  inside: string | undefined,
): never => {
  const other = registry.get(node.domain, node.type);
  const installed = [...registry].map((op) => op.label).join(', ') || 'none';
  throw new RuntimeError({
    where,
    what: `${describeNode(node)}${inside === undefined ? '' : ` in ${inside}`}`,
    rule: `needs the operator ${label(model, node)}, which is neither installed nor a function of the model`,
    actual: other === undefined ? `installed: ${installed}` : `installed: ${other.label}`,
    hint: `install(ort, { ops: [...] }) with its definition, or export the model with its function body`,
  });
};

const nodesOf = ({ nodes }: { readonly nodes: readonly NodeBytes[] }): readonly NodeBytes[] =>
  nodes.flatMap((node) => [node, ...node.inner]);

/** The model with the calls expanded of functions in which a custom node stands that only a kernel can run: it comes to the surface. */
const expand = (model: ModelBytes, registry: OpRegistry, where: string): ModelBytes => {
  const holding = new Set<FunctionBytes>();
  const isHolding = (f: FunctionBytes): boolean =>
    nodesOf(f).some((node) =>
      hasFunction(model, node)
        ? [...holding].some((other) => other.domain === node.domain && other.type === node.type)
        : operatorOf(model, registry, node) !== undefined,
    );
  for (let size = -1; size < holding.size;) {
    size = holding.size;
    for (const f of model.functions) {
      if (!holding.has(f) && operatorOf(model, registry, f) === undefined && isHolding(f)) {
        holding.add(f);
      }
    }
  }
  if (holding.size === 0) return model;
  return inlineFunctions(model, { only: (called) => holding.has(called), where });
};

/** Finds who runs each node.
 *
 * A node of an installed operator runs in its kernel. One inside `If`, `Loop` or `Scan` runs in onnxruntime with the model's
 * function; where the model has none, with the definition's body; where that is missing too, the control-flow node is
 * interpreted. A function with a custom node that has none is expanded where it is called.
 * @param outer - Types of values from around the graph.
 * @throws {RuntimeError} A custom operator is neither installed nor a function of the model, or is somewhere nobody can run it. */
export const resolveOperators = (
  given: ModelBytes,
  registry: OpRegistry,
  where: string,
): Resolution => {
  const model = expand(given, registry, where);
  const operator = (name: OperatorName): OpDefinition | undefined =>
    operatorOf(model, registry, name);
  const kernels = new Map<number, OpDefinition>();
  const holding = new Map<number, readonly NodeBytes[]>();
  const check = (node: NodeBytes, inside?: string): void => {
    if (ownDomains.has(node.domain) || hasFunction(model, node)) return;
    unresolved(model, registry, node, where, inside);
  };
  const stock: NodeBytes[] = [];
  model.graph.nodes.forEach((node, index) => {
    const op = operator(node);
    if (op !== undefined) {
      kernels.set(index, op);
      return;
    }
    check(node);
    const custom = node.inner.filter(
      (inner) => !hasFunction(model, inner) && operator(inner) !== undefined,
    );
    for (const inner of node.inner) {
      if (!custom.includes(inner)) check(inner, `the subgraphs of ${describeNode(node)}`);
    }
    if (custom.length > 0) holding.set(index, custom);
    stock.push(node);
  });
  for (const f of functionsFor(model, stock)) {
    for (const node of nodesOf(f)) check(node, `the function ${f.type}`);
  }
  const context = { where, functions: model.functions, operatorOf: operator };
  return controlFlow({ model, kernels, holding, context });
};

interface Found {
  readonly model: ModelBytes;
  readonly kernels: Map<number, OpDefinition>;
  /** Custom nodes inside control flow that have no function, by index of the node of the main graph they are in. */
  readonly holding: ReadonlyMap<number, readonly NodeBytes[]>;
  readonly context: TypeContext;
}

/** Adds bodies of operators for what stands inside control flow, or marks the node for the interpreter. */
const controlFlow = ({ model, kernels, holding, context }: Found): Resolution => {
  const needed = new Set([...holding.values()].flat());
  const around = new Map<NodeBytes, TypeScope>();
  const visit = (node: NodeBytes, types: ReadonlyMap<string, ValueType>): void => {
    if (needed.has(node)) around.set(node, new Map(types));
  };
  if (holding.size === 0) {
    const types = (): TypeScope => inferTypes(model.graph, new Map(), context);
    return { model, kernels, interpreted: new Map(), types };
  }
  const found = inferTypes(model.graph, new Map(), { ...context, visit });
  const interpreted = new Map<number, string>();
  const writer = new BodyWriter(model, context.where);
  const nodes = [...model.graph.nodes];
  for (const [index, customs] of holding) {
    const node = nodes[index]!;
    const calls = customs.map((inner) => ({
      node: inner,
      op: context.operatorOf(inner)!,
      types: around.get(inner) ?? new Map<string, ValueType>(),
    }));
    const done = writer.rewrite(node, calls);
    if (typeof done !== 'string') nodes[index] = done;
    else {
      interpreted.set(index, done);
      kernels.set(index, standIn(node, done, context.where));
    }
  }
  const functions = [...model.functions, ...writer.functions];
  return {
    model: { ...model, functions, graph: { ...model.graph, nodes } },
    kernels,
    interpreted,
    types: () => found,
  };
};
