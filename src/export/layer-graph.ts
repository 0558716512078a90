// What a layer's rule is given: the layer, the values that reach it, its weights, and the graph to add nodes to.

import type { DType } from '../core/dtype.ts';
import { ExportError, type ErrorParts } from '../core/errors.ts';
import { tensor, type Tensor } from '../core/tensor.ts';
import { onnxOfDType } from '../core/dtype.ts';
import type { CustomOpInputs, CustomOpOptions, NodeAttributes } from '../onnx/index.ts';
import type { BodyValue } from '../schema/body.ts';
import type { OpDefinition } from '../schema/op.ts';
import { portsOf } from '../schema/types.ts';
import type { tf } from '../train/index.ts';
import type { GraphState } from './graph-state.ts';
import type { LayerValue } from './values.ts';
import { findWeight, weightName } from './weights.ts';

/** How messages name a layer: `layer dense (Dense)`. */
export const layerLabel = (path: string, layer: tf.layers.Layer): string =>
  `layer ${path} (${layer.getClassName()})`;

/** One call of a layer under export. Names of nodes and initialisers follow the layer: `dense/Gemm`, `dense/kernel`. */
export class LayerGraph {
  readonly layer: tf.layers.Layer;
  /** The layer's name, those of the models around it before it: `encoder/dense`. */
  readonly path: string;
  readonly inputs: readonly LayerValue[];
  readonly #state: GraphState;

  constructor(
    state: GraphState,
    layer: tf.layers.Layer,
    path: string,
    inputs: readonly LayerValue[],
  ) {
    this.#state = state;
    this.layer = layer;
    this.path = path;
    this.inputs = inputs;
  }

  /** The opset the model is written for. */
  get opset(): number {
    return this.#state.builder.opset;
  }

  /** The layer's configuration, as tfjs serialises it. */
  get config(): Readonly<Record<string, unknown>> {
    return this.layer.getConfig();
  }

  /** The input of a layer that has one.
   * @throws {ExportError} It has several. */
  get input(): LayerValue {
    const [only] = this.inputs;
    if (this.inputs.length === 1 && only !== undefined) return only;
    return this.fail({
      what: 'the number of inputs',
      rule: 'must be 1',
      actual: String(this.inputs.length),
    });
  }

  /** A node of a standard operator with one output. */
  op(
    type: string,
    inputs: readonly (BodyValue | undefined)[],
    attributes: NodeAttributes = {},
  ): BodyValue {
    const name = this.#state.unique(`${this.path}/${type}`);
    return this.#state.builder.op(type, inputs, attributes, { name, outputs: [name] });
  }

  /** A node of a standard operator with `count` outputs. */
  ops(
    count: number,
    type: string,
    inputs: readonly (BodyValue | undefined)[],
    attributes: NodeAttributes = {},
  ): readonly BodyValue[] {
    const name = this.#state.unique(`${this.path}/${type}`);
    const outputs = Array.from({ length: count }, (_, i) =>
      this.#state.unique(i === 0 ? name : `${name}:${i}`),
    );
    return this.#state.builder.ops(count, type, inputs, attributes, { name, outputs });
  }

  /** A node of a custom operator; its function body goes into the model where the operator has one.
   * @returns The outputs by name. */
  customOp(
    op: OpDefinition,
    inputs: CustomOpInputs,
    attributes: Readonly<Record<string, unknown>> = {},
    options: Pick<CustomOpOptions, 'types'> = {},
  ): Readonly<Record<string, BodyValue>> {
    const types: Record<string, DType> = {};
    for (const { name, type } of portsOf(op.schema.inputs)) {
      if (!Object.hasOwn(op.schema.types, type)) continue;
      const dtype = [inputs[name]].flat().map((v) => v && this.#state.dtypeOf(v));
      const known = dtype.find((d) => d !== undefined);
      if (known !== undefined) types[type] ??= known;
    }
    const name = this.#state.unique(`${this.path}/${op.schema.type}`);
    const outputs = Object.fromEntries(
      Object.keys(op.schema.outputs).map((output, i) => [
        output,
        i === 0 ? name : this.#state.unique(`${name}:${output}`),
      ]),
    );
    return this.#state.customOp(op, inputs, attributes, {
      name,
      outputs,
      types: { ...types, ...options.types },
    });
  }

  /** A constant (equal constants are stored once). */
  constant(value: Tensor): BodyValue {
    return this.#state.builder.constant(value);
  }

  /** A scalar constant. */
  scalar(dtype: DType, value: number): BodyValue {
    return this.#state.builder.scalar(dtype, value);
  }

  /** A constant int64 vector: axes, a shape, sizes. */
  ints(...values: number[]): BodyValue {
    return this.constant(tensor('int64', BigInt64Array.from(values, BigInt), [values.length]));
  }

  /** A weight of the layer by the name the layer gave it (`kernel`), as an initialiser `layer/kernel`.
   * @throws {ExportError} The layer has no such weight. */
  weight(name: string): BodyValue {
    return this.initializer(name, this.weightTensor(name));
  }

  /** The value of a weight, for rules that reshape or transpose it; `initializer` puts the result into the model.
   * @throws {ExportError} The layer has no such weight. */
  weightTensor(name: string): Tensor {
    return this.#state.weights.get(findWeight(this.layer, name, this.label).id)!;
  }

  /** Whether the layer has a weight of this name. */
  hasWeight(name: string): boolean {
    return this.layer.weights.some((weight) => weightName(weight) === name);
  }

  /** A tensor of the layer as an initialiser `layer/name`. A layer called several times has it once. */
  initializer(name: string, value: Tensor): BodyValue {
    return this.#state.initializer(`${this.path}/${name}`, value);
  }

  /** `input` as float32: with a Cast where it is of another element type. */
  float(input: LayerValue = this.input): BodyValue {
    return input.dtype === 'float32' ? input.value : this.cast(input.value, 'float32');
  }

  /** A value in another element type. */
  cast(value: BodyValue, to: DType): BodyValue {
    return this.op('Cast', [value], { to: { int: onnxOfDType(to) } });
  }

  /** Says that `input` holds integers in [0, size): verification draws such where the input is one of the model. */
  indices(input: LayerValue, size: number): void {
    this.#state.limitInput(input.value, size);
  }

  /** Puts a line into the report. */
  warn(text: string): void {
    this.#state.warnings.push(`${this.label}: ${text}`);
  }

  /** Ends the export with an error that names the layer.
   * @throws {ExportError} Always. */
  fail(parts: Omit<ErrorParts, 'where'>): never {
    throw new ExportError({ where: this.label, ...parts });
  }

  /** `layer dense (Dense)` */
  get label(): string {
    return layerLabel(this.path, this.layer);
  }
}
