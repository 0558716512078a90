// A sub-model between named tensors: the nodes between them, the weights and functions these need, everything by its bytes.

import type { DType } from '../core/dtype.ts';
import { ModelError } from '../core/errors.ts';
import type { GraphBytes, NamedBytes, NodeBytes } from './bytes-graph.ts';
import { readModel, writePart, type ModelBytes } from './bytes-model.ts';
import { valueInfoProto } from './graph-scope.ts';
import { numberOf } from './integers.ts';
import { onnx } from './proto.ts';

/** The cut. */
export interface ExtractOptions {
  /** Values that become the inputs. */
  readonly inputs: readonly string[];
  /** Values that become the outputs. */
  readonly outputs: readonly string[];
  /** Element types of values the model declares nowhere, by name. */
  readonly types?: ReadonlyMap<string, DType>;
  /** The file's name, for messages. */
  readonly where?: string;
}

const quoted = (names: Iterable<string>): string =>
  Array.from(names, (name) => JSON.stringify(name)).join(', ');

/** Values of the main graph: inputs, initialisers, outputs of nodes. */
const valuesOf = ({ inputs, initializers, sparseInitializers, nodes }: GraphBytes): Set<string> => {
  const names = new Set<string>();
  for (const list of [inputs, initializers, sparseInitializers]) {
    for (const { name } of list) names.add(name);
  }
  for (const { outputs } of nodes) for (const name of outputs) if (name !== '') names.add(name);
  return names;
};

/** Edits that make one name of another, up to a limit that is enough to find a slip. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + change));
    }
    row = next;
  }
  return row[b.length]!;
};

/** Whether a name is a part of another that tells something. */
const isPart = (part: string, whole: string): boolean => part.length > 2 && whole.includes(part);

const suggestions = (name: string, values: ReadonlySet<string>): string => {
  const near = Array.from(values, (value) => ({
    value,
    edits: isPart(name, value) || isPart(value, name) ? 1 : distance(name, value),
  }))
    .filter(({ edits }) => edits <= Math.max(2, name.length / 3))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 5)
    .map(({ value }) => value);
  return near.length > 0
    ? `${near.length === 1 ? 'the nearest is' : 'near are'} ${quoted(near)}`
    : `the model has ${quoted([...values].slice(0, 10))}${values.size > 10 ? ', ...' : ''}`;
};

const checkNames = (
  graph: GraphBytes,
  { inputs, outputs }: ExtractOptions,
  where: string,
): void => {
  const values = valuesOf(graph);
  for (const name of [...inputs, ...outputs]) {
    if (values.has(name)) continue;
    throw new ModelError({
      where,
      what: `the value ${JSON.stringify(name)}`,
      rule: 'must be a value of the main graph',
      hint: suggestions(name, values),
    });
  }
  for (const [what, names] of [
    ['inputs', inputs],
    ['outputs', outputs],
  ] as const) {
    if (what === 'inputs' || names.length > 0) {
      if (new Set(names).size === names.length) continue;
      throw new ModelError({
        where,
        what: `the ${what}`,
        rule: 'must be named once',
        actual: quoted(names),
      });
    }
    throw new ModelError({ where, what: 'the outputs', rule: 'must be at least one' });
  }
};

interface Between {
  readonly nodes: readonly NodeBytes[];
  /** Everything these read that none of them makes. */
  readonly outside: ReadonlySet<string>;
}

const nodesBetween = (
  graph: GraphBytes,
  { inputs, outputs }: ExtractOptions,
  where: string,
): Between => {
  const producer = new Map<string, NodeBytes>();
  for (const node of graph.nodes) for (const name of node.outputs) producer.set(name, node);
  const stop = new Set(inputs);
  const unmade = outputs.find((name) => !producer.has(name) || stop.has(name));
  if (unmade !== undefined) {
    throw new ModelError({
      where,
      what: `the output ${JSON.stringify(unmade)}`,
      rule: 'must be made by a node of the sub-model',
      actual: stop.has(unmade) ? 'one of its inputs' : 'an input or initialiser of the model',
    });
  }
  const needed = new Set<NodeBytes>();
  const outside = new Set<string>();
  const pending = [...outputs];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = stop.has(name) ? undefined : producer.get(name);
    if (node === undefined) outside.add(name);
    else if (!needed.has(node)) {
      needed.add(node);
      pending.push(...node.reads);
    }
  }
  return { nodes: graph.nodes.filter((node) => needed.has(node)), outside };
};

const checkInputs = (
  graph: GraphBytes,
  { nodes, outside }: Between,
  { inputs, outputs }: ExtractOptions,
  where: string,
): void => {
  const constants = new Set(
    [...graph.initializers, ...graph.sparseInitializers].map(({ name }) => name),
  );
  const missing = [...outside].filter((name) => !inputs.includes(name) && !constants.has(name));
  if (missing.length > 0) {
    const readers = missing.map((name) => {
      const reader = nodes.find(({ reads }) => reads.has(name));
      return `${JSON.stringify(name)} (read by ${reader?.type ?? 'a node'} that makes ${JSON.stringify(reader?.outputs[0] ?? '')})`;
    });
    throw new ModelError({
      where,
      what: `the outputs ${quoted(outputs)}`,
      rule: `must follow from the inputs, but also need ${readers.join(', ')}`,
      hint: `add ${quoted(missing)} to the inputs`,
    });
  }
  const unused = inputs.filter((name) => !outside.has(name));
  if (unused.length === 0) return;
  throw new ModelError({
    where,
    what: `the inputs ${quoted(unused)}`,
    rule: 'must be needed for the outputs',
    hint: 'leave them out, or name an output that depends on them',
  });
};

const byName = (lists: readonly (readonly NamedBytes[])[]): ReadonlyMap<string, NamedBytes> =>
  new Map(lists.flatMap((list) => list.map((item) => [item.name, item] as const)));

/** Names among `names` whose element type the model declares nowhere (initialisers declare it themselves). */
export const undeclaredValues = (
  { graph }: ModelBytes,
  names: readonly string[],
): readonly string[] => {
  const infos = byName([graph.valueInfos, graph.outputs, graph.inputs]);
  const isTyped = (name: string): boolean => {
    const info = infos.get(name);
    if (info !== undefined) return Boolean(onnx.ValueInfoProto.decode(info.bytes).type);
    return graph.initializers.some((one) => one.name === name);
  };
  return names.filter((name) => !isTyped(name));
};

/** A model that also puts out values of its main graph: for their types, or to compare them. */
export const withOutputs = (
  model: ModelBytes,
  names: readonly string[],
): Uint8Array<ArrayBuffer> => {
  const { graph } = model;
  const known = byName([graph.valueInfos]);
  const added = names
    .filter((name) => !graph.outputs.some((one) => one.name === name))
    .map(
      (name) => known.get(name) ?? { name, bytes: onnx.ValueInfoProto.encode({ name }).finish() },
    );
  return writePart(model, { ...graph, outputs: [...graph.outputs, ...added] });
};

/** The sub-model between named tensors of a model's main graph. Bytes of nodes, functions and weights are carried over; only the
 * weights and functions it needs are in it.
 *
 * @throws {ModelError} A name is no value of the graph; the outputs need values that are not among the inputs (all are named); an
 *   input is not needed; an output is made by no node; the type of a value is not known: `undeclaredValues` lists these beforehand. */
export const extractPart = (
  model: ModelBytes,
  options: ExtractOptions,
): Uint8Array<ArrayBuffer> => {
  const { inputs, outputs, types = new Map<string, DType>(), where = 'model' } = options;
  const { graph } = model;
  checkNames(graph, options, where);
  const between = nodesBetween(graph, options, where);
  checkInputs(graph, between, options, where);
  const infos = byName([graph.valueInfos, graph.outputs, graph.inputs]);
  const untyped = undeclaredValues(model, inputs).filter((name) => !types.has(name));
  if (untyped.length > 0) {
    throw new ModelError({
      where,
      what: `the element types of ${quoted(untyped)}`,
      rule: 'must be known to make them inputs',
      hint: 'pass them as types, or extract with an onnxruntime at hand, which infers them',
    });
  }
  const infoOf = (name: string): NamedBytes => {
    const dtype = types.get(name);
    const info = infos.get(name);
    if (info !== undefined && (dtype === undefined || undeclaredValues(model, [name]).length === 0))
      return info;
    const weight = graph.initializers.find((one) => one.name === name);
    if (weight !== undefined) {
      const { dataType, dims } = onnx.TensorProto.decode(weight.bytes);
      const shape = { dim: dims.map((dim) => ({ dimValue: numberOf(dim, where) })) };
      const type = { tensorType: { elemType: dataType, shape } };
      return { name, bytes: onnx.ValueInfoProto.encode({ name, type }).finish() };
    }
    const proto = dtype === undefined ? { name } : valueInfoProto(name, dtype, undefined);
    return { name, bytes: onnx.ValueInfoProto.encode(proto).finish() };
  };
  const made = new Set(between.nodes.flatMap((node) => node.outputs));
  const boundary = new Set([...inputs, ...outputs]);
  const isWeight = ({ name }: NamedBytes): boolean =>
    between.outside.has(name) && !inputs.includes(name);
  return writePart(model, {
    nodes: between.nodes,
    // An input with a default stays one.
    inputs: [
      ...inputs.map(infoOf),
      ...graph.inputs.filter(
        (one) => isWeight(one) && graph.initializers.some((w) => w.name === one.name),
      ),
    ],
    outputs: outputs.map(infoOf),
    initializers: graph.initializers.filter(isWeight),
    sparseInitializers: graph.sparseInitializers.filter(isWeight),
    valueInfos: graph.valueInfos.filter(({ name }) => made.has(name) && !boundary.has(name)),
  });
};

/** {@link extractPart} of a model's bytes. */
export const extractModel = (bytes: Uint8Array, options: ExtractOptions): Uint8Array<ArrayBuffer> =>
  extractPart(readModel(bytes, options.where), options);
