// The graph under export that all layers share: builder, names, initialisers, element types, operators used, warnings.

import type { DType } from '../core/dtype.ts';
import { ExportError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import {
  hasFunctionBody,
  type ModelBuilder,
  type CustomOpInputs,
  type CustomOpOptions,
  type Dims,
} from '../onnx/index.ts';
import type { BodyValue } from '../schema/body.ts';
import { isMissing } from '../schema/forms.ts';
import type { OpDefinition } from '../schema/op.ts';
import type { LayerShape, LayerValue } from './values.ts';
import type { WeightValues } from './weights.ts';

/** Symbolic dimension of the batch. */
export const batchDim = 'N';

interface Initializer {
  readonly value: BodyValue;
  readonly tensor: Tensor;
}

const equalTensors = (a: Tensor, b: Tensor): boolean => {
  const values: readonly unknown[] = [...a.data];
  return (
    a.dtype === b.dtype &&
    a.dims.join() === b.dims.join() &&
    values.every((value, i) => Object.is(value, b.data[i]))
  );
};

/** Dimensions of a value in the model: the batch is `N`; unknown ones are left open. */
export const modelDims = (shape: LayerShape): Dims =>
  shape.map((dim, i) => (i === 0 ? batchDim : dim));

/** What the layers of one export add to. */
export class GraphState {
  readonly builder: ModelBuilder;
  readonly weights: WeightValues;
  readonly warnings: string[] = [];
  readonly ops = new Set<OpDefinition>();
  /** Values of the model's inputs that hold integers in [0, size), by name. */
  readonly sizes = new Map<string, number>();
  readonly #initializers = new Map<string, Initializer>();
  readonly #dtypes = new Map<string, DType>();

  constructor(builder: ModelBuilder, weights: WeightValues) {
    this.builder = builder;
    this.weights = weights;
  }

  /** Bytes of all initialisers. */
  get weightBytes(): number {
    let sum = 0;
    for (const { tensor } of this.#initializers.values()) {
      if (!Array.isArray(tensor.data)) sum += tensor.data.byteLength;
    }
    return sum;
  }

  /** `name`, or `name_1`, ... where it is taken. */
  unique(name: string): string {
    return this.builder.names.has(name) ? this.builder.names.untaken(name) : name;
  }

  /** Element type of a value between layers or of an initialiser. */
  dtypeOf(value: BodyValue): DType | undefined {
    return this.#dtypes.get(value.name);
  }

  /** Remembers the element type of a value between layers. */
  know({ value, dtype }: LayerValue): void {
    this.#dtypes.set(value.name, dtype);
  }

  /** An initialiser, made once.
   * @throws {ExportError} The name holds another tensor. */
  initializer(name: string, tensor: Tensor): BodyValue {
    const known = this.#initializers.get(name);
    if (known !== undefined) {
      if (known.tensor === tensor || equalTensors(known.tensor, tensor)) return known.value;
      throw new ExportError({
        where: 'exportModel',
        what: `the initialiser ${name}`,
        rule: 'must be one tensor, but a rule made two of that name',
        hint: 'give the second another name',
      });
    }
    const value = this.builder.initializer(name, tensor);
    this.#initializers.set(name, { value, tensor });
    this.#dtypes.set(name, tensor.dtype);
    return value;
  }

  /** A custom node; without a function body where the operator has none, which is warned of. */
  customOp(
    op: OpDefinition,
    inputs: CustomOpInputs,
    attributes: Readonly<Record<string, unknown>>,
    options: CustomOpOptions,
  ): Readonly<Record<string, BodyValue>> {
    const functionBody = hasFunctionBody(op);
    if (!functionBody && !this.ops.has(op)) {
      const why = isMissing(op.body) ? op.body.missing : '';
      this.warnings.push(
        `${op.label} has no function body (${why}): only a runtime with its kernel runs the model`,
      );
    }
    this.ops.add(op);
    return this.builder.customOp(op, inputs, attributes, { ...options, functionBody });
  }

  /** Notes that a value holds integers in [0, size); the smallest size counts. */
  limitInput(value: BodyValue, size: number): void {
    this.sizes.set(value.name, Math.min(size, this.sizes.get(value.name) ?? Infinity));
  }
}
