// Turns nodes inside the subgraphs of control flow into custom operators, with no function body: the runtime has to interpret the
// node they are in.

import { dtypeOfOnnx, isDType, type DType } from '../../src/core/dtype.ts';
import {
  graphFields,
  readNode,
  type GraphBytes,
  type NodeBytes,
} from '../../src/onnx/bytes-graph.ts';
import { writePart, type ModelBytes } from '../../src/onnx/bytes-model.ts';
import { declaredTensor } from '../../src/onnx/bytes-value-info.ts';
import { fieldsOf, MessageBytes, textOf } from '../../src/onnx/bytes.ts';
import { onnx } from '../../src/onnx/proto.ts';
import { writeValueInfo } from '../../src/runtime/values.ts';
import {
  isWrappable,
  Wrapping,
  type ValueTypes,
  type WrapContext,
  type WrappedModel,
} from './wrap.ts';

/** Element types of a subgraph's values: what is around it, its inputs and initialisers, and what plain onnxruntime infers for a
 * model of its nodes; undefined where it makes no such model. */
const innerTypes = async (
  { ort, options }: WrapContext,
  model: ModelBytes,
  graph: GraphBytes,
  outer: ValueTypes,
): Promise<ValueTypes | undefined> => {
  const types = new Map<string, DType>(outer);
  for (const { name, bytes } of graph.inputs) {
    const dtype = dtypeOfOnnx(declaredTensor(bytes, name)?.elemType ?? 0);
    if (dtype === undefined) types.delete(name);
    else types.set(name, dtype);
  }
  for (const { name, bytes } of graph.initializers) {
    const dtype = dtypeOfOnnx(onnx.TensorProto.decode(bytes).dataType ?? 0);
    if (dtype !== undefined) types.set(name, dtype);
  }
  const made = graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== '');
  const own = new Set([...made, ...graph.initializers.map(({ name }) => name)]);
  const given = new Set(graph.inputs.map(({ name }) => name));
  for (const { reads } of graph.nodes)
    for (const name of reads) if (!own.has(name)) given.add(name);
  try {
    const bytes = writePart(model, {
      nodes: graph.nodes,
      inputs: [...given].map((name) =>
        writeValueInfo(name, { dtype: types.get(name)!, dims: undefined }),
      ),
      outputs: made.map((name) => writeValueInfo(name, undefined)),
      initializers: graph.initializers,
      sparseInitializers: graph.sparseInitializers,
      valueInfos: graph.valueInfos,
    });
    const session = await ort.InferenceSession.create(bytes, options);
    for (const info of session.outputMetadata) {
      if (info.isTensor && isDType(info.type)) types.set(info.name, info.type);
    }
    await session.release();
    return types;
  } catch {
    // A body that reads sequences, or that only its surroundings give types to.
    return undefined;
  }
};

/** The subgraph with other nodes, as an attribute's payload. */
const writeGraph = (graph: GraphBytes, nodes: readonly NodeBytes[]): Uint8Array => {
  const message = new MessageBytes().text(graphFields.name, graph.name).fields(graph.rest);
  for (const [number, list] of [
    [graphFields.node, nodes],
    [graphFields.initializer, graph.initializers],
    [graphFields.sparseInitializer, graph.sparseInitializers],
    [graphFields.input, graph.inputs],
    [graphFields.output, graph.outputs],
    [graphFields.valueInfo, graph.valueInfos],
  ] as const) {
    for (const { bytes } of list) message.field(number, bytes);
  }
  return message.finish();
};

const attributeField = 5;
const attributeName = 1;
const attributeGraph = 6;

/** The node with other subgraphs, by the names of their attributes. */
const withSubgraphs = (node: NodeBytes, graphs: ReadonlyMap<string, Uint8Array>): NodeBytes => {
  const message = new MessageBytes();
  for (const { number, whole, payload } of fieldsOf(node.bytes, node.name)) {
    const fields = number === attributeField ? fieldsOf(payload, node.name) : [];
    const name = fields.find((field) => field.number === attributeName);
    const graph = name === undefined ? undefined : graphs.get(textOf(name.payload));
    if (graph === undefined) {
      message.fields([whole]);
      continue;
    }
    const rest = fields.filter((field) => field.number !== attributeGraph);
    const attribute = new MessageBytes().fields(rest.map((field) => field.whole));
    message.field(attributeField, attribute.field(attributeGraph, graph));
  }
  return readNode(message.finish(), 'node with a wrapped subgraph');
};

/** Operators whose subgraphs the runtime interprets. */
const controlFlow: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan']);

/** Turns random nodes inside If, Loop and Scan into custom operators.
 * @param isChosen - Drawn for each node that can be one.
 * @returns Undefined where there is none. */
export const wrapInnerNodes = async (
  context: WrapContext,
  model: ModelBytes,
  types: ValueTypes,
  isChosen: () => boolean,
): Promise<{ readonly wrapped: WrappedModel; readonly count: number } | undefined> => {
  const wrapping = new Wrapping(context);
  const nodes: NodeBytes[] = [];
  for (const node of model.graph.nodes) {
    const graphs = new Map<string, Uint8Array>();
    for (const { attribute, graph } of controlFlow.has(node.type) ? node.subgraphs : []) {
      const inner = await innerTypes(context, model, graph, types);
      if (inner === undefined) continue;
      const within: ModelBytes = { ...model, graph };
      const changed = graph.nodes.map((one) =>
        isWrappable(one, inner) && isChosen() ? wrapping.wrap(within, one, inner) : one,
      );
      graphs.set(attribute, writeGraph(graph, changed));
    }
    nodes.push(graphs.size === 0 ? node : withSubgraphs(node, graphs));
  }
  const { count } = wrapping;
  return count === 0 ? undefined : { wrapped: wrapping.finish(model, nodes), count };
};
