// One graph under construction: nodes of the standard operators, constants, subgraphs. Functions and models are built on it.

import { createData, onnxOfDType, type DType } from '../core/dtype.ts';
import { float16Bits } from '../core/float16.ts';
import type { Tensor } from '../core/tensor.ts';
import type { BodyBuilder, BodyGraph, BodyPort, BodyValue, NodeAttribute } from '../schema/body.ts';
import { attributeToProto } from './attributes.ts';
import type { Names } from './names.ts';
import { onnx, type OnnxTypes } from './proto.ts';

const { AttributeType } = onnx.AttributeProto;

/** Attributes of a node in the builder's notation. */
export type NodeAttributes = Readonly<Record<string, NodeAttribute>>;

/** Names chosen for a node and its outputs; those left out are made up. */
export interface NodeNames {
  readonly name?: string;
  readonly outputs?: readonly string[];
}

/** ValueInfoProto of a tensor. A symbolic dimension is a string, an unknown one null, an unknown rank undefined. */
export const valueInfoProto = (
  name: string,
  dtype: DType,
  dims: readonly (number | string | null)[] | undefined,
): OnnxTypes.IValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: onnxOfDType(dtype),
      ...(dims === undefined
        ? {}
        : {
            shape: {
              dim: dims.map((dim) => {
                if (dim === null) return {};
                return typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim };
              }),
            },
          }),
    },
  },
});

/** A scalar of any element type but string, as a tensor. */
const scalarTensor = (dtype: DType, value: number): Tensor => {
  const data = createData(dtype, 1);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[0] = BigInt(value);
  else if (dtype === 'float16') data[0] = float16Bits(value);
  else data[0] = value;
  return { dtype, dims: [], data } as unknown as Tensor;
};

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A key that equal tensors, and only they, share. */
const tensorKey = ({ dtype, dims, data }: Tensor): string =>
  `${dtype}[${dims.join(',')}]${
    Array.isArray(data)
      ? JSON.stringify(data)
      : hex(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }`;

/** A graph or subgraph that nodes are added to. The attributes of a function are given by `attribute` of the root. */
export class GraphScope implements BodyBuilder {
  readonly opset: number;
  readonly names: Names;
  readonly #constants = new Map<string, BodyValue>();
  readonly #constantNodes: OnnxTypes.INodeProto[] = [];
  readonly #nodes: OnnxTypes.INodeProto[] = [];
  readonly #attribute: (name: string) => BodyValue;

  constructor(opset: number, names: Names, attribute: (name: string) => BodyValue) {
    this.opset = opset;
    this.names = names;
    this.#attribute = attribute;
  }

  /** The nodes so far, in the order they run: constants first. */
  get nodes(): OnnxTypes.INodeProto[] {
    return [...this.#constantNodes, ...this.#nodes];
  }

  op(
    type: string,
    inputs: readonly (BodyValue | undefined)[],
    attributes: NodeAttributes = {},
    names: NodeNames = {},
  ): BodyValue {
    return this.ops(1, type, inputs, attributes, names)[0]!;
  }

  ops(
    count: number,
    type: string,
    inputs: readonly (BodyValue | undefined)[],
    attributes: NodeAttributes = {},
    names: NodeNames = {},
  ): readonly BodyValue[] {
    const protos = Object.entries(attributes).map(([name, value]) =>
      'graph' in value ? this.#subgraph(name, value.graph) : attributeToProto(name, value),
    );
    return this.node(count, '', type, inputs, protos, names);
  }

  /** A node of any domain, its attributes as messages. */
  node(
    count: number,
    domain: string,
    type: string,
    inputs: readonly (BodyValue | undefined)[],
    attribute: OnnxTypes.IAttributeProto[],
    names: NodeNames = {},
  ): readonly BodyValue[] {
    const outputs = Array.from({ length: count }, (_, i): BodyValue => {
      const chosen = names.outputs?.[i];
      return chosen === undefined
        ? this.value(type.toLowerCase())
        : { name: this.names.take(chosen, `node ${names.name ?? type}`) };
    });
    const input = inputs.map((value) => value?.name ?? '');
    while (input.at(-1) === '') input.pop();
    this.#nodes.push({
      name: names.name ?? outputs[0]?.name ?? type,
      opType: type,
      ...(domain === '' ? {} : { domain }),
      input,
      output: outputs.map(({ name }) => name),
      attribute,
    });
    return outputs;
  }

  value(hint: string): BodyValue {
    return { name: this.names.fresh(hint) };
  }

  constant(value: Tensor): BodyValue {
    const key = tensorKey(value);
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const made = this.addConstant(value);
    this.#constants.set(key, made);
    return made;
  }

  scalar(dtype: DType, value: number): BodyValue {
    return this.constant(scalarTensor(dtype, value));
  }

  attribute(name: string): BodyValue {
    return this.#attribute(name);
  }

  /** A Constant node in front of all others. */
  constantNode(attribute: OnnxTypes.IAttributeProto, hint = 'constant'): BodyValue {
    const made = this.value(hint);
    this.#constantNodes.push({
      name: made.name,
      opType: 'Constant',
      input: [],
      output: [made.name],
      attribute: [attribute],
    });
    return made;
  }

  /** Stores a constant that is not there yet. */
  protected addConstant(value: Tensor): BodyValue {
    return this.constantNode(attributeToProto('value', { tensor: value }));
  }

  #subgraph(name: string, build: (graph: BodyBuilder) => BodyGraph): OnnxTypes.IAttributeProto {
    const scope = new GraphScope(this.opset, this.names, this.#attribute);
    const { inputs, outputs } = build(scope);
    const infos = (ports: readonly BodyPort[]): OnnxTypes.IValueInfoProto[] =>
      ports.map(({ value, dtype, rank }) =>
        valueInfoProto(
          value.name,
          dtype,
          rank === undefined ? undefined : new Array<null>(rank).fill(null),
        ),
      );
    return {
      name,
      type: AttributeType.GRAPH,
      g: {
        name: this.names.fresh(name),
        node: scope.nodes,
        input: infos(inputs),
        output: infos(outputs),
      },
    };
  }
}
