// A ModelProto's bytes in parts: the graph, the model-local functions, and all other fields as they are; and models written
// from such parts.

import { ModelError } from '../core/errors.ts';
import {
  canonicalDomain,
  graphFields,
  readGraph,
  readNode,
  type GraphBytes,
  type NamedBytes,
  type NodeBytes,
  type OperatorName,
} from './bytes-graph.ts';
import { fieldsOf, MessageBytes, textOf } from './bytes.ts';
import type { WeightPlace } from './bytes-weights.ts';

/** A model-local function and its FunctionProto bytes. */
export interface FunctionBytes extends OperatorName {
  readonly nodes: readonly NodeBytes[];
  readonly bytes: Uint8Array;
}

/** The parts of a model. */
export interface ModelBytes {
  readonly irVersion: number;
  /** Imported opset by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: GraphBytes;
  readonly functions: readonly FunctionBytes[];
  /** All other fields, whole: versions, opset imports, producer, metadata, fields of newer versions of ONNX. */
  readonly head: readonly Uint8Array[];
  /** The bytes at a place outside the model, where external data of it lie.
   * @throws {ModelError} There are none at hand. */
  readonly weightsAt: (place: WeightPlace) => Uint8Array;
}

const noWeights = ({ location }: WeightPlace): never => {
  throw new ModelError({
    where: 'model',
    what: `external data ${JSON.stringify(location)}`,
    rule: 'must be at hand to be read by a custom operator',
    hint: 'create the session from the path of the model, or pass the file in the session option externalData',
  });
};

const modelField = { irVersion: 1, graph: 7, opsetImport: 8, trainingInfo: 20, functions: 25 };

const readFunction = (bytes: Uint8Array, where: string): FunctionBytes => {
  const fields = fieldsOf(bytes, where);
  const text = (number: number): string => {
    const field = fields.findLast((f) => f.number === number);
    return field === undefined ? '' : textOf(field.payload);
  };
  const nodes = fields.filter((f) => f.number === 7).map((f) => readNode(f.payload, where));
  return { type: text(1), domain: canonicalDomain(text(10)), nodes, bytes };
};

const readImport = (bytes: Uint8Array, where: string): readonly [string, number] => {
  const fields = fieldsOf(bytes, where);
  const domain = fields.findLast((f) => f.number === 1);
  const version = fields.findLast((f) => f.number === 2)?.varint ?? 0;
  return [canonicalDomain(domain === undefined ? '' : textOf(domain.payload)), version];
};

/** Reads a model.
 * @param where - The file's name, for messages.
 * @throws {ModelError} Empty, truncated or no ONNX model. */
export const readModel = (bytes: Uint8Array, where = 'model'): ModelBytes => {
  const fail = (rule: string, actual: string): never => {
    throw new ModelError({
      where,
      what: 'the file',
      rule,
      actual,
      hint: 'check that the path is right and the download or copy is complete',
    });
  };
  if (bytes.length === 0) fail('must be an ONNX model', 'no bytes');
  const fields = fieldsOf(bytes, where);
  const irVersion = fields.findLast((f) => f.number === modelField.irVersion)?.varint ?? 0;
  if (irVersion < 1 || irVersion > 1000) {
    fail('must be an ONNX model', `${bytes.length} bytes without an IR version`);
  }
  const graphs = fields.filter((f) => f.number === modelField.graph).map((f) => f.payload);
  if (graphs.length === 0) {
    fail('must be a whole ONNX model', `${bytes.length} bytes without a graph`);
  }
  const imports = fields.filter((f) => f.number === modelField.opsetImport);
  if (imports.length === 0 && irVersion >= 3) {
    fail('must be a whole ONNX model', 'no opset imports');
  }
  const functions = fields.filter((f) => f.number === modelField.functions);
  const apart = new Set([modelField.graph, modelField.functions, modelField.trainingInfo]);
  return {
    irVersion,
    opsets: new Map(imports.map((f) => readImport(f.payload, where))),
    graph: readGraph(graphs, where),
    functions: functions.map((f) => readFunction(f.payload, where)),
    head: fields.filter((f) => !apart.has(f.number)).map((f) => f.whole),
    weightsAt: noWeights,
  };
};

/** The functions of a model that nodes need, directly or through other functions. */
export const functionsFor = (
  model: ModelBytes,
  nodes: Iterable<NodeBytes>,
): readonly FunctionBytes[] => {
  const needed = new Set<FunctionBytes>();
  const visit = (node: OperatorName): void => {
    for (const candidate of model.functions) {
      if (candidate.domain !== node.domain || candidate.type !== node.type) continue;
      if (needed.has(candidate)) continue;
      needed.add(candidate);
      for (const inside of candidate.nodes) for (const one of [inside, ...inside.inner]) visit(one);
    }
  };
  for (const node of nodes) for (const one of [node, ...node.inner]) visit(one);
  return model.functions.filter((candidate) => needed.has(candidate));
};

/** What goes into a part of a model. */
export interface PartOfModel {
  readonly nodes: readonly NodeBytes[];
  readonly inputs: readonly NamedBytes[];
  readonly outputs: readonly NamedBytes[];
  readonly initializers: readonly NamedBytes[];
  readonly sparseInitializers: readonly NamedBytes[];
  readonly valueInfos: readonly NamedBytes[];
}

/** Writes a part of a model as a model: its nodes and the functions they need, the rest of the model unchanged. */
export const writePart = (model: ModelBytes, part: PartOfModel): Uint8Array<ArrayBuffer> => {
  const graph = new MessageBytes().fields(model.graph.rest);
  const add = (number: number, list: readonly { readonly bytes: Uint8Array }[]): void => {
    for (const { bytes } of list) graph.field(number, bytes);
  };
  add(graphFields.node, part.nodes);
  add(graphFields.initializer, part.initializers);
  add(graphFields.sparseInitializer, part.sparseInitializers);
  add(graphFields.input, part.inputs);
  add(graphFields.output, part.outputs);
  add(graphFields.valueInfo, part.valueInfos);
  const message = new MessageBytes().fields(model.head).field(modelField.graph, graph);
  for (const { bytes } of functionsFor(model, part.nodes)) {
    message.field(modelField.functions, bytes);
  }
  return message.finish();
};
