// What a model says of its values: element types and shapes of ValueInfoProto, and the tensors of its constants.

import { dtypeOfOnnx, onnxOfDType } from '../core/dtype.ts';
import { ModelError } from '../core/errors.ts';
import { tensor, type Tensor } from '../core/tensor.ts';
import { attributeFromProto } from '../onnx/attributes.ts';
import type { NamedBytes, NodeBytes } from '../onnx/bytes-graph.ts';
import type { ModelBytes } from '../onnx/bytes-model.ts';
import { declaredTensor } from '../onnx/bytes-value-info.ts';
import { weightPlace } from '../onnx/bytes-weights.ts';
import { onnx, type OnnxTypes } from '../onnx/proto.ts';
import { tensorFromProto } from '../onnx/tensors.ts';
import type { ValueMeta } from '../schema/forms.ts';
import { isNodeCopy, type OrtModule, type ValueMetadata } from './ort-types.ts';
import { decodePart } from '../onnx/decode.ts';

/** Element type and shape a value info declares; undefined where it declares no tensor, or one JavaScript cannot hold. */
export const declaredMeta = ({ name, bytes }: NamedBytes): ValueMeta | undefined => {
  const type = declaredTensor(bytes, `value "${name}"`);
  const dtype = dtypeOfOnnx(type?.elemType ?? 0);
  return type === undefined || dtype === undefined ? undefined : { dtype, dims: type.dims };
};

/** The type of a value between two steps without its sizes: onnxruntime checks those of a session's inputs and no others, and
 * models run whose inner declarations say one row where any number comes. */
export const openedMeta = (meta: ValueMeta | undefined): ValueMeta | undefined =>
  meta?.dims === undefined
    ? meta
    : { ...meta, dims: meta.dims.map((dim) => (typeof dim === 'number' ? null : dim)) };

/** A value info for a value the model declares nowhere. An unknown shape is left out. */
export const writeValueInfo = (name: string, meta: ValueMeta | undefined): NamedBytes => {
  const { dtype, dims } = meta ?? {};
  const shape: OnnxTypes.ITensorShapeProto | undefined =
    dims === undefined
      ? undefined
      : {
          dim: dims.map((dim) => {
            if (typeof dim === 'number') return { dimValue: dim };
            return dim === null ? {} : { dimParam: dim };
          }),
        };
  const type: OnnxTypes.ITypeProto | undefined =
    dtype === undefined
      ? undefined
      : {
          tensorType: {
            elemType: onnxOfDType(dtype),
            ...(shape === undefined ? {} : { shape }),
          },
        };
  const info = { name, ...(type === undefined ? {} : { type }) };
  return { name, bytes: onnx.ValueInfoProto.encode(info).finish() };
};

/** How onnxruntime-web shows a dimension without name and length: -1 as an unsigned number. */
export const webUnknownDim = 4_294_967_295;

/** A value as this copy's metadata show it: dimensions without name and length are '' or {@link webUnknownDim}, an unknown rank []. */
export const metadataOf = (
  ort: OrtModule,
  name: string,
  meta: ValueMeta | undefined,
): ValueMetadata => {
  if (meta === undefined) return { name, isTensor: false };
  const unknown = isNodeCopy(ort) ? '' : webUnknownDim;
  const shape = (meta.dims ?? []).map((dim) => dim ?? unknown);
  return { name, isTensor: true, type: meta.dtype, shape };
};

/** Whether a node is a constant. */
export const isConstantNode = ({ domain, type }: NodeBytes): boolean =>
  domain === '' && type === 'Constant';

const constantOf = (node: NodeBytes): Tensor => {
  const where = `Constant node ${JSON.stringify(node.name)}`;
  const [attribute] = decodePart(onnx.NodeProto, node.bytes, where).attribute;
  const value = attribute === undefined ? undefined : attributeFromProto(attribute);
  switch (attribute?.name) {
    case 'value':
      return value as Tensor;
    case 'value_int':
      return tensor('int64', BigInt64Array.of(BigInt(value as number)), []);
    case 'value_float':
      return tensor('float32', Float32Array.of(value as number), []);
    case 'value_string':
      return tensor('string', [value as string], []);
    case 'value_ints': {
      const ints = BigInt64Array.from(value as readonly number[], (v) => BigInt(v));
      return tensor('int64', ints, [ints.length]);
    }
    case 'value_floats': {
      const floats = Float32Array.from(value as readonly number[]);
      return tensor('float32', floats, [floats.length]);
    }
    case 'value_strings': {
      const texts = [...(value as readonly string[])];
      return tensor('string', texts, [texts.length]);
    }
    default:
      throw new ModelError({
        where,
        what: 'its value',
        rule: 'must be a dense tensor, a number, a string or a list of these',
        actual: attribute?.name ?? 'no attribute',
      });
  }
};

/** The constants of a graph, initialisers and Constant nodes, by name. A tensor is decoded when it is first asked for. */
export class Constants {
  readonly #initializers = new Map<string, NamedBytes>();
  readonly #nodes = new Map<string, NodeBytes>();
  readonly #sparse = new Set<string>();
  readonly #decoded = new Map<string, Tensor>();
  readonly #weightsAt: ModelBytes['weightsAt'];

  constructor({ graph, weightsAt }: ModelBytes) {
    this.#weightsAt = weightsAt;
    for (const initializer of graph.initializers) {
      this.#initializers.set(initializer.name, initializer);
    }
    for (const { name } of graph.sparseInitializers) this.#sparse.add(name);
    for (const node of graph.nodes) {
      const [output] = node.outputs;
      if (isConstantNode(node) && output !== undefined) this.#nodes.set(output, node);
    }
  }

  has(name: string): boolean {
    return this.#initializers.has(name) || this.#nodes.has(name) || this.#sparse.has(name);
  }

  /** The tensor of a constant.
   * @throws {ModelError | DTypeError} It is sparse, in external data that are not at hand, damaged, or of a type JavaScript cannot hold. */
  tensor(name: string): Tensor {
    const known = this.#decoded.get(name);
    if (known !== undefined) return known;
    const initializer = this.#initializers.get(name);
    const node = this.#nodes.get(name);
    if (initializer === undefined && node === undefined) {
      throw new ModelError({
        where: `initialiser ${JSON.stringify(name)}`,
        what: 'its tensor',
        rule: 'must be dense to be read by a custom operator',
        actual: 'a sparse one',
      });
    }
    const value = initializer === undefined ? constantOf(node!) : this.#initializer(initializer);
    this.#decoded.set(name, value);
    return value;
  }

  #initializer({ name, bytes }: NamedBytes): Tensor {
    const proto = decodePart(onnx.TensorProto, bytes, `initialiser "${name}"`);
    const place = weightPlace(bytes, `initialiser "${name}"`);
    if (place === undefined) return tensorFromProto(proto);
    const inside = { dims: proto.dims, dataType: proto.dataType, rawData: this.#weightsAt(place) };
    return tensorFromProto({ name, ...inside });
  }
}
