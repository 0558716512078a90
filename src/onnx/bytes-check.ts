// What makes a model's graph unusable whoever runs it, found before onnxruntime gets it: values made twice or never, cycles,
// functions that call themselves, tensors whose data is not what their shape says.

import { ModelError } from '../core/errors.ts';
import { describeNode, type GraphBytes, type NodeBytes } from './bytes-graph.ts';
import type { FunctionBytes, ModelBytes } from './bytes-model.ts';
import { checkTensorBytes } from './bytes-tensor.ts';
import { declaredTensor, hasDeclaredType } from './bytes-value-info.ts';
import { fieldsOf, textOf } from './bytes.ts';
import { attributeBytes } from './type-rules.ts';

/** Nodes of one graph or function, and the names around them. */
interface Scope {
  readonly nodes: readonly NodeBytes[];
  /** Names that no node may make again. */
  readonly taken: ReadonlySet<string>;
  /** Other names that exist. */
  readonly known: ReadonlySet<string>;
  /** Results of the scope, and what to call it. */
  readonly outputs: readonly string[];
  readonly label: string;
}

const checkValues = ({ nodes, taken, known, outputs, label }: Scope, where: string): void => {
  const made = new Map<string, number>();
  nodes.forEach((node, index) => {
    for (const name of node.outputs) {
      if (name === '') continue;
      if (made.has(name) || taken.has(name)) {
        throw new ModelError({
          where,
          what: `the value ${JSON.stringify(name)}`,
          rule: 'must be made once',
          actual: `again by ${describeNode(node)}`,
        });
      }
      made.set(name, index);
    }
  });
  const check = (name: string, reader: string): void => {
    if (made.has(name) || taken.has(name) || known.has(name)) return;
    throw new ModelError({
      where,
      what: `the value ${JSON.stringify(name)}, which ${reader} reads,`,
      rule: 'must be a graph input, an initialiser or the output of a node',
    });
  };
  for (const node of nodes) for (const name of node.reads) check(name, describeNode(node));
  for (const name of outputs) check(name, `${label} as an output`);
  checkOrder(nodes, made, label, where);
};

/** Refuses nodes that wait for one another. */
const checkOrder = (
  nodes: readonly NodeBytes[],
  made: ReadonlyMap<string, number>,
  label: string,
  where: string,
): void => {
  const isInOrder = nodes.every((node, index) => {
    for (const name of node.reads) if ((made.get(name) ?? -1) >= index) return false;
    return true;
  });
  if (isInOrder) return;
  const readers: number[][] = nodes.map(() => []);
  const waiting = nodes.map((node, index) => {
    const producers = new Set<number>();
    for (const name of node.reads) {
      const producer = made.get(name);
      if (producer !== undefined) producers.add(producer);
    }
    for (const producer of producers) readers[producer]!.push(index);
    return producers.size;
  });
  const ready = nodes.flatMap((_, index) => (waiting[index] === 0 ? [index] : []));
  for (let at = 0; at < ready.length; at++) {
    for (const reader of readers[ready[at]!]!) if (--waiting[reader]! === 0) ready.push(reader);
  }
  if (ready.length === nodes.length) return;
  const stuck = nodes.filter((_, index) => waiting[index]! > 0).slice(0, 3);
  throw new ModelError({
    where,
    what: label,
    rule: 'must have no cycle',
    actual: `one through or before ${stuck.map(describeNode).join(', ')}`,
  });
};

const tensorAttributeField = 5;

/** Standard operators of any number of inputs, none of which may be left out. onnxruntime dies of a run of such a node. */
const variadic: ReadonlySet<string> = new Set(['Concat', 'Einsum', 'Max', 'Mean', 'Min', 'Sum']);

const checkVariadic = (nodes: readonly NodeBytes[], where: string): void => {
  for (const node of nodes) {
    if (node.domain !== '' || !variadic.has(node.type) || !node.inputs.includes('')) continue;
    throw new ModelError({
      where,
      what: `the inputs of ${describeNode(node)}`,
      rule: 'must all be given',
      actual: `none at position ${node.inputs.indexOf('')}`,
    });
  }
};

const checkConstants = (nodes: readonly NodeBytes[], where: string): void => {
  for (const node of nodes) {
    if (node.domain !== '' || node.type !== 'Constant') continue;
    const value = attributeBytes(node, 'value');
    if (value === undefined) continue;
    for (const { number, payload } of fieldsOf(value, where)) {
      if (number === tensorAttributeField) checkTensorBytes(payload, describeNode(node), where);
    }
  }
};

/** Refuses inputs of the model without a type, as onnxruntime does: without one a part of the model would go to it that it never
 * meets in the whole. And sizes that nothing has, for which its inference asks for all the memory there is. */
const checkInputTypes = ({ inputs, initializers }: GraphBytes, where: string): void => {
  const defaults = new Set(initializers.map(({ name }) => name));
  for (const { name, bytes } of inputs) {
    const what = `the input ${JSON.stringify(name)}`;
    if (!defaults.has(name) && !hasDeclaredType(bytes, where)) {
      throw new ModelError({ where, what, rule: 'must declare a type' });
    }
    const { dims = [] } = declaredTensor(bytes, `${where}, ${what}`) ?? {};
    const sizes = dims.filter((dim) => typeof dim === 'number' && dim > 0) as readonly number[];
    if (sizes.reduce((product, size) => product * size, 1) <= Number.MAX_SAFE_INTEGER) continue;
    throw new ModelError({
      where,
      what,
      rule: 'must have a shape of at most 2^53 elements',
      actual: `[${dims.join(', ')}]`,
    });
  }
};

/** A graph and its subgraphs. What a subgraph captures is among what its node reads, and checked there. */
const checkGraph = (graph: GraphBytes, label: string, captured: boolean, where: string): void => {
  const inputs = new Set<string>();
  for (const { name } of graph.inputs) {
    if (inputs.has(name)) {
      throw new ModelError({
        where,
        what: `the input ${JSON.stringify(name)}`,
        rule: 'must be declared once',
      });
    }
    inputs.add(name);
  }
  if (!captured) checkInputTypes(graph, where);
  const taken = new Set(inputs);
  for (const { name, bytes } of graph.initializers) {
    taken.add(name);
    checkTensorBytes(bytes, `initialiser ${JSON.stringify(name)}`, where);
  }
  for (const { name } of graph.sparseInitializers) taken.add(name);
  const known = new Set<string>();
  if (captured) {
    for (const { reads } of graph.nodes) for (const name of reads) known.add(name);
    for (const { name } of graph.outputs) known.add(name);
  }
  const outputs = graph.outputs.map(({ name }) => name);
  checkValues({ nodes: graph.nodes, taken, known, outputs, label }, where);
  checkConstants(graph.nodes, where);
  checkVariadic(graph.nodes, where);
  checkSubgraphs(graph.nodes, where);
};

const checkSubgraphs = (nodes: readonly NodeBytes[], where: string): void => {
  for (const node of nodes) {
    for (const { attribute, graph } of node.subgraphs) {
      checkGraph(graph, `the subgraph ${attribute} of ${describeNode(node)}`, true, where);
    }
  }
};

const nameOf = ({ domain, type }: FunctionBytes): string => `${domain}::${type}`;

const checkFunction = (f: FunctionBytes, where: string): void => {
  const fields = fieldsOf(f.bytes, where);
  const names = (number: number): readonly string[] =>
    fields.filter((field) => field.number === number).map(({ payload }) => textOf(payload));
  const label = `the function ${nameOf(f)}`;
  const taken = new Set(names(4));
  checkValues({ nodes: f.nodes, taken, known: new Set(), outputs: names(5), label }, where);
  checkConstants(f.nodes, where);
  checkVariadic(f.nodes, where);
  checkSubgraphs(f.nodes, where);
};

/** Refuses functions that call themselves, directly or through others. */
const checkRecursion = (functions: readonly FunctionBytes[], where: string): void => {
  const byName = new Map<string, FunctionBytes[]>();
  for (const f of functions) byName.set(nameOf(f), [...(byName.get(nameOf(f)) ?? []), f]);
  const callees = (f: FunctionBytes): Iterator<FunctionBytes> =>
    f.nodes
      .flatMap((node) => [node, ...node.inner])
      .flatMap(({ domain, type }) => byName.get(`${domain}::${type}`) ?? [])
      .values();
  const done = new Set<FunctionBytes>();
  for (const root of functions) {
    const path: { readonly f: FunctionBytes; readonly rest: Iterator<FunctionBytes> }[] = [];
    const enter = (f: FunctionBytes): void => void path.push({ f, rest: callees(f) });
    if (!done.has(root)) enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.next();
      if (next.done === true) {
        done.add(top.f);
        path.pop();
        continue;
      }
      const from = path.findIndex(({ f }) => f === next.value);
      if (from >= 0) {
        const chain = [...path.slice(from).map(({ f }) => f), next.value];
        throw new ModelError({
          where,
          what: `the function ${nameOf(next.value)}`,
          rule: 'must not call itself',
          actual: chain.map(nameOf).join(' -> '),
        });
      }
      if (!done.has(next.value)) enter(next.value);
    }
  }
};

/** Checks a model's graphs, functions and tensors.
 * @throws {ModelError} A value made twice or never, a cycle, a recursive function, a tensor whose data does not fit its shape. */
export const checkModelBytes = (model: ModelBytes, where: string): void => {
  checkRecursion(model.functions, where);
  checkGraph(model.graph, 'the graph', false, where);
  for (const f of model.functions) checkFunction(f, where);
};
