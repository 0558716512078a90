// Turns nodes of a model into custom operators at run time: each chosen node becomes an operator of its own in the domain
// `test.wrapped`, whose kernel runs plain onnxruntime on a model of that one node.

import type { InferenceSession } from 'onnxruntime-common';
import { dtypeOfOnnx, isDType, type DType } from '../../src/core/dtype.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { readNode, type NamedBytes, type NodeBytes } from '../../src/onnx/bytes-graph.ts';
import { readModel, writePart, type ModelBytes } from '../../src/onnx/bytes-model.ts';
import { MessageBytes } from '../../src/onnx/bytes.ts';
import { onnx } from '../../src/onnx/proto.ts';
import { tensorToProto } from '../../src/onnx/tensors.ts';
import type { OrtModule, OrtTensor, SessionOptions } from '../../src/runtime/ort-types.ts';
import { fromOrt, toOrt } from '../../src/runtime/tensors.ts';
import { isConstantNode, writeValueInfo } from '../../src/runtime/values.ts';
import { defineOp, missing, type OpDefinition } from '../../src/schema/index.ts';

/** Domain of the operators made here. */
const wrappedDomain = 'test.wrapped';

/** Where the kernels run. */
export interface WrapContext {
  readonly ort: OrtModule;
  /** Options of the kernels' sessions, a stock provider among them. */
  readonly options: SessionOptions;
}

/** Element types of all values of a model's graph that JavaScript can hold. */
export type ValueTypes = ReadonlyMap<string, DType>;

/** The graph's parts as they are. */
const partOf = ({ graph }: ModelBytes) => ({
  nodes: graph.nodes,
  inputs: graph.inputs,
  outputs: graph.outputs,
  initializers: graph.initializers,
  sparseInitializers: graph.sparseInitializers,
  valueInfos: graph.valueInfos,
});

/** Element types of a model's values, as plain onnxruntime infers them: every value is made an output of the graph for that.
 * @throws onnxruntime's refusal of the model. */
export const valueTypes = async (
  { ort, options }: WrapContext,
  model: ModelBytes,
): Promise<ValueTypes> => {
  const part = partOf(model);
  const known = new Set(part.outputs.map(({ name }) => name));
  const made = part.nodes.flatMap(({ outputs }) => outputs);
  const extra = made.filter((name) => name !== '' && !known.has(name));
  const bytes = writePart(model, {
    ...part,
    outputs: [...part.outputs, ...extra.map((name) => writeValueInfo(name, undefined))],
  });
  const session = await ort.InferenceSession.create(bytes, options);
  const types = new Map<string, DType>();
  for (const { name, bytes: initializer } of model.graph.initializers) {
    const dtype = dtypeOfOnnx(onnx.TensorProto.decode(initializer).dataType ?? 0);
    if (dtype !== undefined) types.set(name, dtype);
  }
  for (const info of [...session.inputMetadata, ...session.outputMetadata]) {
    if (info.isTensor && isDType(info.type)) types.set(info.name, info.type);
  }
  await session.release();
  return types;
};

/** Names of a graph's constants: initialisers, and what nodes without inputs make. */
const constantNames = ({ graph }: ModelBytes): ReadonlySet<string> =>
  new Set([
    ...graph.initializers.map(({ name }) => name),
    ...graph.nodes.filter(isConstantNode).flatMap(({ outputs }) => outputs),
  ]);

const initializerOf = (name: string, value: Tensor): NamedBytes => ({
  name,
  bytes: onnx.TensorProto.encode(tensorToProto(value, name)).finish(),
});

/** The model of one node for inputs of these types; what is a constant in the whole model is one here. */
const oneNodeModel = (
  model: ModelBytes,
  node: NodeBytes,
  inputs: ReadonlyMap<string, Tensor>,
  constants: ReadonlyMap<string, Tensor>,
): Uint8Array =>
  writePart(model, {
    nodes: [node],
    // Without shapes: where onnxruntime knows more of them than in the whole model, it refuses more.
    inputs: [...inputs].map(([name, { dtype }]) =>
      writeValueInfo(name, { dtype, dims: undefined }),
    ),
    outputs: node.outputs
      .filter((name) => name !== '')
      .map((name) => writeValueInfo(name, undefined)),
    initializers: [...constants].map(([name, value]) => initializerOf(name, value)),
    sparseInitializers: [],
    valueInfos: [],
  });

const signatureOf = (inputs: ReadonlyMap<string, Tensor>): string =>
  [...inputs].map(([name, { dtype }]) => `${name}:${dtype}`).join(' ');

/** Values of surrounding graphs the node's subgraphs read beside its inputs. */
const capturedBy = (node: NodeBytes): readonly string[] =>
  [...node.reads].filter((name) => !node.inputs.includes(name));

/** Runs one node in plain onnxruntime; its sessions, one a signature of inputs, end with `release`. */
export class OneNode {
  readonly #context: WrapContext;
  readonly #model: ModelBytes;
  readonly #node: NodeBytes;
  readonly #constants: ReadonlySet<string>;
  readonly #sessions = new Map<string, InferenceSession>();

  constructor(context: WrapContext, model: ModelBytes, node: NodeBytes) {
    this.#context = context;
    this.#model = model;
    this.#node = node;
    this.#constants = constantNames(model);
  }

  /** Runs it on values by name. */
  async run(values: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>> {
    const { ort, options } = this.#context;
    const inputs = new Map([...values].filter(([name]) => !this.#constants.has(name)));
    const constants = new Map([...values].filter(([name]) => this.#constants.has(name)));
    const signature = signatureOf(inputs);
    let session = this.#sessions.get(signature);
    if (session === undefined) {
      const bytes = oneNodeModel(this.#model, this.#node, inputs, constants);
      session = await ort.InferenceSession.create(bytes, options);
      this.#sessions.set(signature, session);
    }
    const feeds: Record<string, OrtTensor> = {};
    for (const [name, value] of inputs) feeds[name] = toOrt(ort, value);
    const results = await session.run(feeds);
    return new Map(Object.entries(results).map(([name, one]) => [name, fromOrt(one, name)]));
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }
}

/** One name of a node's inputs or outputs, as a port of the operator. */
interface WrappedPort {
  readonly port: string;
  readonly name: string;
  readonly dtype: DType | undefined;
}

const portsOf = (prefix: string, names: readonly string[], types: ValueTypes): WrappedPort[] =>
  names.map((name, at) => ({ port: `${prefix}${at}`, name, dtype: types.get(name) }));

const portTypes = (ports: readonly WrappedPort[]): Record<string, string> =>
  Object.fromEntries(
    // A position left empty has no type; it is an optional port that never gets a value.
    ports.map(({ port, name, dtype }) => [port, name === '' ? 'float32?' : (dtype ?? 'float32')]),
  );

/** The operator of one node. */
const operatorOf = (
  type: string,
  inputs: readonly WrappedPort[],
  outputs: readonly WrappedPort[],
  oneNode: OneNode,
): OpDefinition =>
  defineOp({
    type,
    domain: wrappedDomain,
    version: 1,
    inputs: portTypes(inputs),
    outputs: portTypes(outputs),
    attributes: {},
    types: {},
    infer: () =>
      Object.fromEntries(
        outputs.map(({ port, dtype }) => [port, { dtype: dtype ?? 'float32', dims: undefined }]),
      ),
    kernel: async (given) => {
      const values = new Map<string, Tensor>();
      for (const { port, name } of inputs) {
        const value = given[port];
        if (value !== undefined) values.set(name, value);
      }
      const results = await oneNode.run(values);
      return Object.fromEntries(
        outputs.flatMap(({ port, name }) => (name === '' ? [] : [[port, results.get(name)!]])),
      );
    },
    shader: missing('made in a test'),
    body: missing('made in a test'),
    grad: missing('made in a test'),
  });

/** Whether a node can become a custom operator: all its values are tensors that JavaScript holds. */
export const isWrappable = (node: NodeBytes, types: ValueTypes): boolean =>
  [...node.reads, ...node.outputs].every((name) => name === '' || types.has(name)) &&
  node.outputs.some((name) => name !== '');

const wrappedNode = (node: NodeBytes, type: string, inputs: readonly string[]): NodeBytes => {
  const message = new MessageBytes();
  for (const name of inputs) message.text(1, name);
  for (const name of node.outputs) message.text(2, name);
  message.text(3, node.name).text(4, type).text(7, wrappedDomain);
  return readNode(message.finish(), 'wrapped node');
};

/** A model with some of its nodes turned into custom operators. */
export interface WrappedModel {
  readonly bytes: Uint8Array;
  readonly ops: readonly OpDefinition[];
  readonly release: () => Promise<void>;
}

let made = 0;

/** Makes the operators of one model, all of them new. */
export class Wrapping {
  readonly #context: WrapContext;
  readonly #ops: OpDefinition[] = [];
  readonly #kernels: OneNode[] = [];

  constructor(context: WrapContext) {
    this.#context = context;
  }

  /** Number of nodes that became operators. */
  get count(): number {
    return this.#ops.length;
  }

  /** The custom node in a node's place.
   * @param model - The model whose graph the node is in, or one with the node's subgraph in the graph's place. */
  wrap(model: ModelBytes, node: NodeBytes, types: ValueTypes): NodeBytes {
    const type = `${node.type}_${made++}`;
    const names = [...node.inputs, ...capturedBy(node)];
    const kernel = new OneNode(this.#context, model, node);
    this.#kernels.push(kernel);
    this.#ops.push(
      operatorOf(type, portsOf('i', names, types), portsOf('o', node.outputs, types), kernel),
    );
    return wrappedNode(node, type, names);
  }

  /** The model with other nodes, which may be of the operators made. */
  finish(model: ModelBytes, nodes: readonly NodeBytes[]): WrappedModel {
    const opset = new MessageBytes()
      .field(8, new MessageBytes().text(1, wrappedDomain).fields([Uint8Array.of(2 << 3, 1)]))
      .finish();
    const head = [...model.head, opset];
    return {
      bytes: writePart({ ...model, head }, { ...partOf(model), nodes }),
      ops: this.#ops,
      release: async () => {
        for (const kernel of this.#kernels) await kernel.release();
      },
    };
  }
}

/** Turns the nodes at `chosen` (indices into the graph's nodes) into custom operators. */
export const wrapNodes = (
  context: WrapContext,
  model: ModelBytes,
  chosen: ReadonlySet<number>,
  types: ValueTypes,
): WrappedModel => {
  const wrapping = new Wrapping(context);
  const nodes = model.graph.nodes.map((node, at) =>
    chosen.has(at) ? wrapping.wrap(model, node, types) : node,
  );
  return wrapping.finish(model, nodes);
};

/** Reads the model of a case. */
export const readCaseModel = (bytes: Uint8Array, where: string): ModelBytes =>
  readModel(bytes, where);
