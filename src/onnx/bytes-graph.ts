// A GraphProto's bytes, understood as far as cutting it into pieces needs: nodes with the names they use and the operators they
// call (those of their subgraphs too), initialisers and value infos by name.

import { ModelError } from '../core/errors.ts';
import { fieldsOf, textOf, type Field } from './bytes.ts';

/** An operator as a node calls it; domain '' is the standard one. */
export interface OperatorName {
  readonly domain: string;
  readonly type: string;
}

/** A node and its NodeProto bytes. */
export interface NodeBytes extends OperatorName {
  readonly name: string;
  /** Names of inputs by position; '' where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Names of values of the surrounding graph that the node reads: its inputs and what its subgraphs capture. */
  readonly reads: ReadonlySet<string>;
  readonly subgraphs: readonly Subgraph[];
  /** Nodes of its subgraphs, at any depth. */
  readonly inner: readonly NodeBytes[];
  readonly bytes: Uint8Array;
}

/** A node as messages call it: `node "head" (ai.sharmix::SharMiX)`. */
export const describeNode = ({ name, domain, type, outputs }: NodeBytes): string => {
  const called = name === '' ? `that makes ${JSON.stringify(outputs[0] ?? '')}` : `"${name}"`;
  return `node ${called} (${domain === '' ? '' : `${domain}::`}${type})`;
};

/** A graph that is an attribute of a node. */
interface Subgraph {
  readonly attribute: string;
  readonly graph: GraphBytes;
}

/** A message that has a name: initialiser (TensorProto), value info. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The parts of a graph. */
export interface GraphBytes {
  readonly name: string;
  readonly nodes: readonly NodeBytes[];
  readonly initializers: readonly NamedBytes[];
  readonly sparseInitializers: readonly NamedBytes[];
  readonly inputs: readonly NamedBytes[];
  readonly outputs: readonly NamedBytes[];
  readonly valueInfos: readonly NamedBytes[];
  /** Everything else, whole fields: name, doc string, annotations, fields of newer versions of ONNX. */
  readonly rest: readonly Uint8Array[];
}

const graphField = {
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  sparseInitializer: 15,
} as const;

/** Field numbers of GraphProto that a graph is put together with. */
export const graphFields: typeof graphField = graphField;

const nodeField = { input: 1, output: 2, name: 3, type: 4, attribute: 5, domain: 7 } as const;
/** AttributeProto: g, graphs. */
const subgraphFields: ReadonlySet<number> = new Set([6, 11]);

const lastText = (fields: readonly Field[], number: number): string => {
  const field = fields.findLast((f) => f.number === number);
  return field === undefined ? '' : textOf(field.payload);
};

const named = (bytes: Uint8Array, nameField: number, where: string): NamedBytes => ({
  name: lastText(fieldsOf(bytes, where), nameField),
  bytes,
});

const sparseNamed = (bytes: Uint8Array, where: string): NamedBytes => {
  const values = fieldsOf(bytes, where).find((field) => field.number === 1);
  return { name: values === undefined ? '' : named(values.payload, 8, where).name, bytes };
};

/** The domain as it is compared: ai.onnx is the standard one, ''. */
export const canonicalDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

/** Deepest nesting of subgraphs: protobuf's decoder in onnxruntime gives up at a hundred messages within one another. */
const maxDepth = 32;

const checkDepth = (depth: number, where: string): void => {
  if (depth <= maxDepth) return;
  throw new ModelError({
    where,
    what: 'a graph within graphs',
    rule: `must be nested at most ${maxDepth} deep`,
  });
};

/** Reads a NodeProto.
 * @param depth - Graphs around it, beside the main graph or the function. */
export const readNode = (bytes: Uint8Array, where: string, depth = 0): NodeBytes => {
  const fields = fieldsOf(bytes, where);
  const texts = (number: number): string[] =>
    fields.filter((f) => f.number === number).map((f) => textOf(f.payload));
  const inputs = texts(nodeField.input);
  const reads = new Set(inputs.filter((name) => name !== ''));
  const inner: NodeBytes[] = [];
  const subgraphs: Subgraph[] = [];
  for (const attribute of fields) {
    if (attribute.number !== nodeField.attribute) continue;
    const parts = fieldsOf(attribute.payload, where);
    for (const field of parts) {
      if (!subgraphFields.has(field.number)) continue;
      const graph = readGraph([field.payload], where, depth + 1);
      subgraphs.push({ attribute: lastText(parts, 1), graph });
      for (const name of capturedBy(graph)) reads.add(name);
      for (const node of graph.nodes) {
        inner.push(node);
        for (const one of node.inner) inner.push(one);
      }
    }
  }
  return {
    domain: canonicalDomain(lastText(fields, nodeField.domain)),
    type: lastText(fields, nodeField.type),
    name: lastText(fields, nodeField.name),
    inputs,
    outputs: texts(nodeField.output),
    reads,
    subgraphs,
    inner,
    bytes,
  };
};

/** Reads a GraphProto. Protobuf lets a message come in several pieces, which are one. */
export const readGraph = (pieces: readonly Uint8Array[], where: string, depth = 0): GraphBytes => {
  checkDepth(depth, where);
  const fields = pieces.flatMap((bytes) => fieldsOf(bytes, where));
  const payloads = (number: number): Uint8Array[] =>
    fields.filter((f) => f.number === number).map((f) => f.payload);
  const infos = (number: number): NamedBytes[] =>
    payloads(number).map((bytes) => named(bytes, 1, where));
  const { node, name, initializer, input, output, valueInfo, sparseInitializer } = graphField;
  const known: readonly number[] = [node, initializer, input, output, valueInfo, sparseInitializer];
  return {
    name: lastText(fields, name),
    nodes: payloads(node).map((bytes) => readNode(bytes, where, depth)),
    initializers: payloads(initializer).map((bytes) => named(bytes, 8, where)),
    sparseInitializers: payloads(sparseInitializer).map((bytes) => sparseNamed(bytes, where)),
    inputs: infos(input),
    outputs: infos(output),
    valueInfos: infos(valueInfo),
    rest: fields.filter((f) => !known.includes(f.number)).map((f) => f.whole),
  };
};

/** Names a subgraph reads from around it. */
const capturedBy = (graph: GraphBytes): ReadonlySet<string> => {
  const own = new Set<string>();
  for (const list of [graph.inputs, graph.initializers, graph.sparseInitializers]) {
    for (const { name } of list) own.add(name);
  }
  for (const { outputs } of graph.nodes) for (const name of outputs) own.add(name);
  const captured = new Set<string>();
  const read = (name: string): void => {
    if (!own.has(name)) captured.add(name);
  };
  for (const { reads } of graph.nodes) for (const name of reads) read(name);
  for (const { name } of graph.outputs) read(name);
  return captured;
};
