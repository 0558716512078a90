// Who runs each node: a kernel of an installed operator, or onnxruntime. What neither can run is an error that names the fix.

import { RuntimeError } from '../core/errors.ts';
import type { NodeBytes, OperatorName } from '../onnx/bytes-graph.ts';
import { functionsFor, type ModelBytes } from '../onnx/bytes-model.ts';
import type { OpDefinition } from '../schema/op.ts';
import type { OpRegistry } from '../schema/registry.ts';

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

/** A node as messages call it: `node "head" (ai.sharmix::SharMiX)`. */
export const describeNode = ({ name, domain, type, outputs }: NodeBytes): string => {
  const called = name === '' ? `that makes ${JSON.stringify(outputs[0] ?? '')}` : `"${name}"`;
  return `node ${called} (${domain === '' ? '' : `${domain}::`}${type})`;
};

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
  if (inside !== undefined && other !== undefined) {
    throw new RuntimeError({
      where,
      what: `${describeNode(node)} in ${inside}`,
      rule: `must have its function body in the model, because onnxruntime runs what is inside ${inside}`,
      hint: `export the model with the function body of ${label(model, node)}`,
    });
  }
  throw new RuntimeError({
    where,
    what: describeNode(node),
    rule: `needs the operator ${label(model, node)}, which is neither installed nor a function of the model`,
    actual: other === undefined ? `installed: ${installed}` : `installed: ${other.label}`,
    hint: `install(ort, { ops: [...] }) with its definition, or export the model with its function body`,
  });
};

/** The operators that run in kernels, by index of their node in the main graph.
 *
 * A node of an operator without a matching definition stays in onnxruntime with the model's function. Inside subgraphs and
 * functions, onnxruntime runs everything.
 * @throws {RuntimeError} A custom operator is neither installed nor a function of the model. */
export const resolveOperators = (
  model: ModelBytes,
  registry: OpRegistry,
  where: string,
): ReadonlyMap<number, OpDefinition> => {
  const kernels = new Map<number, OpDefinition>();
  const check = (node: NodeBytes, inside?: string): void => {
    if (ownDomains.has(node.domain) || hasFunction(model, node)) return;
    unresolved(model, registry, node, where, inside);
  };
  const stock: NodeBytes[] = [];
  model.graph.nodes.forEach((node, index) => {
    const op = operatorOf(model, registry, node);
    if (op !== undefined) {
      kernels.set(index, op);
      return;
    }
    check(node);
    for (const inner of node.inner) check(inner, `the subgraphs of ${describeNode(node)}`);
    stock.push(node);
  });
  for (const { type, nodes } of functionsFor(model, stock)) {
    for (const node of nodes) {
      for (const one of [node, ...node.inner]) check(one, `the function ${type}`);
    }
  }
  return kernels;
};
