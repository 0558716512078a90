// ModelBuilder: a whole ONNX model in TypeScript. Inputs, initialisers, standard and custom operators, outputs, metadata; the
// function bodies of custom operators are added by signature. The same calls give the same bytes.

import type { DType } from '../core/dtype.ts';
import { ModelError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { resolveAttributes } from '../schema/attributes.ts';
import type { BodyValue } from '../schema/body.ts';
import { isMissing } from '../schema/forms.ts';
import type { OpDefinition } from '../schema/op.ts';
import { portsOf } from '../schema/types.ts';
import { attributeToProto, nodeAttribute } from './attributes.ts';
import { functionOf } from './function-body.ts';
import { GraphScope, valueInfoProto, type NodeNames } from './graph-scope.ts';
import { Names } from './names.ts';
import { onnx, type OnnxTypes } from './proto.ts';
import { signatureName, signatureOf, type OpSignature } from './signature.ts';
import { tensorToProto } from './tensors.ts';
import { lowestIrVersion } from './versions.ts';

/** Dimensions as a model declares them: a symbolic one is a string, an unknown one null; undefined: unknown rank. */
export type Dims = readonly (number | string | null)[] | undefined;

/** Options of a model. */
export interface ModelOptions {
  /** Opset of the standard operators; 17 by default. */
  readonly opset?: number;
  /** IR version; by default the lowest that holds the model. */
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly graphName?: string;
}

/** Names of a custom node, and the element types of its type variables where its inputs do not tell them. */
export interface CustomOpOptions {
  readonly name?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly types?: OpSignature['types'];
  /** Whether the function body goes into the model (default). Without it only a runtime with the kernel runs the model. */
  readonly functionBody?: boolean;
}

/** Inputs of a custom node by name; a variadic input is a list. */
export type CustomOpInputs = Readonly<Record<string, BodyValue | readonly BodyValue[] | undefined>>;

interface ModelFunction {
  readonly key: string;
  readonly name: string;
  readonly proto: OnnxTypes.FunctionProto;
}

const noAttributes = (name: string): never => {
  throw new ModelError({
    where: 'ModelBuilder',
    what: `attribute ${name}`,
    rule: 'can be referred to only in a function body',
  });
};

/** Builds an ONNX model.
 *
 * @example
 * ```ts
 * const model = new ModelBuilder({ opset: 17 });
 * const x = model.input('logits', 'float32', ['N', 3]);
 * const { probabilities } = model.customOp(sharmix, { logits: x }, { temperature: 2 });
 * model.output(probabilities!, 'probabilities', 'float32', ['N', 3]);
 * const bytes = model.build();
 * ``` */
export class ModelBuilder extends GraphScope {
  readonly #options: ModelOptions;
  readonly #inputs: OnnxTypes.IValueInfoProto[] = [];
  readonly #outputs: OnnxTypes.IValueInfoProto[] = [];
  readonly #valueInfo: OnnxTypes.IValueInfoProto[] = [];
  readonly #initializers: OnnxTypes.ITensorProto[] = [];
  readonly #metadata = new Map<string, string>();
  readonly #domains = new Map<string, number>();
  readonly #functions: ModelFunction[] = [];
  readonly #types = new Map<string, DType>();

  constructor(options: ModelOptions = {}) {
    const opset = options.opset ?? 17;
    lowestIrVersion(opset, false);
    super(opset, new Names(), noAttributes);
    this.#options = options;
  }

  /** A graph input. */
  input(name: string, dtype: DType, dims: Dims): BodyValue {
    this.names.take(name, 'input');
    this.#inputs.push(valueInfoProto(name, dtype, dims));
    return this.#typed({ name }, dtype);
  }

  /** Makes a value a graph output called `name`. A value of another name gets an Identity node.
   * @throws {ModelError} The name belongs to another value. */
  output(value: BodyValue, name: string, dtype: DType, dims: Dims): BodyValue {
    const isInput = this.#inputs.some((input) => input.name === value.name);
    const named =
      value.name === name && !isInput
        ? value
        : this.op('Identity', [value], {}, { name, outputs: [name] });
    this.#outputs.push(valueInfoProto(name, dtype, dims));
    return named;
  }

  /** A constant of the graph under a name of its own (a weight). */
  initializer(name: string, tensor: Tensor): BodyValue {
    this.names.take(name, 'initializer');
    this.#initializers.push(tensorToProto(tensor, name));
    return this.#typed({ name }, tensor.dtype);
  }

  /** Declares element type and shape of a value that is neither input nor output. */
  valueInfo(value: BodyValue, dtype: DType, dims: Dims): void {
    this.#valueInfo.push(valueInfoProto(value.name, dtype, dims));
    this.#typed(value, dtype);
  }

  /** Sets a metadata property of the model. */
  metadata(key: string, value: string): void {
    this.#metadata.set(key, value);
  }

  /** Adds a node of a custom operator, the import of its domain, and the function body of its signature.
   *
   * All attributes are written on the node, defaults too. The first signature of an operator keeps its type as op_type, a
   * further one is told apart by a suffix (`SharMiX__float64_q_entmax`).
   *
   * @param attributes - Values by name; those left out take their defaults.
   * @returns The outputs by name.
   * @throws {SchemaError | DTypeError} Inputs, attributes or types that are not the schema's.
   * @throws {ModelError} An element type is not known: declare the value with `valueInfo`, or pass `types`. */
  customOp(
    op: OpDefinition,
    inputs: CustomOpInputs,
    attributes: Readonly<Record<string, unknown>> = {},
    options: CustomOpOptions = {},
  ): Readonly<Record<string, BodyValue>> {
    const { schema } = op;
    const resolved = resolveAttributes(op.label, schema.attributes, attributes);
    const present = Object.keys(inputs).filter((name) => inputs[name] !== undefined);
    const withBody = options.functionBody !== false;
    const opType = withBody
      ? this.#functionName(op, this.#signature(op, inputs, present, resolved, options))
      : schema.type;
    this.#importDomain(schema.domain, schema.version, op.label);
    const outputs = Object.keys(schema.outputs);
    const values = this.node(
      outputs.length,
      schema.domain,
      opType,
      portsOf(schema.inputs).flatMap(({ name }) => inputs[name]),
      Object.entries(resolved).map(([name, value]) =>
        attributeToProto(name, nodeAttribute(schema.attributes[name]!, value)),
      ),
      this.#nodeNames(op, options),
    );
    return Object.fromEntries(outputs.map((name, i) => [name, values[i]!]));
  }

  /** The bytes of the model.
   * @throws {ModelError} It has no output, or an IR version that does not hold it. */
  build(): Uint8Array {
    const { producerName = 'sharmix', producerVersion, graphName = 'main' } = this.#options;
    const lowest = lowestIrVersion(this.opset, this.#functions.length > 0);
    const irVersion = this.#options.irVersion ?? lowest;
    if (this.#outputs.length === 0) {
      throw new ModelError({
        where: 'ModelBuilder',
        what: 'the graph',
        rule: 'must have an output',
      });
    }
    if (irVersion < lowest) {
      throw new ModelError({
        where: 'ModelBuilder',
        what: 'irVersion',
        rule: `must be at least ${lowest} for opset ${this.opset}${this.#functions.length > 0 ? ' with functions' : ''}`,
        actual: String(irVersion),
      });
    }
    const proto = onnx.ModelProto.create({
      irVersion,
      producerName,
      ...(producerVersion === undefined ? {} : { producerVersion }),
      opsetImport: [
        { domain: '', version: this.opset },
        ...Array.from(this.#domains, ([domain, version]) => ({ domain, version })),
      ],
      graph: {
        name: graphName,
        node: this.nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
        valueInfo: this.#valueInfo,
      },
      metadataProps: Array.from(this.#metadata, ([key, value]) => ({ key, value })),
      functions: this.#functions.map((f) => f.proto),
    });
    return Uint8Array.from(onnx.ModelProto.encode(proto).finish());
  }

  protected override addConstant(value: Tensor): BodyValue {
    return this.initializer(this.names.untaken('constant'), value);
  }

  #typed(value: BodyValue, dtype: DType): BodyValue {
    this.#types.set(value.name, dtype);
    return value;
  }

  #nodeNames(op: OpDefinition, { name, outputs }: CustomOpOptions): NodeNames {
    if (outputs === undefined) return name === undefined ? {} : { name };
    const list = Object.keys(op.schema.outputs).map(
      (output) => outputs[output] ?? this.names.untaken(output),
    );
    return { ...(name === undefined ? {} : { name }), outputs: list };
  }

  #signature(
    op: OpDefinition,
    inputs: CustomOpInputs,
    present: readonly string[],
    resolved: Readonly<Record<string, unknown>>,
    options: CustomOpOptions,
  ): OpSignature {
    const types: Record<string, DType> = { ...options.types };
    for (const { name, type } of portsOf(op.schema.inputs)) {
      if (!Object.hasOwn(op.schema.types, type) || types[type] !== undefined) continue;
      const value = [inputs[name]].flat().find((v) => v !== undefined);
      const dtype = value === undefined ? undefined : this.#types.get(value.name);
      if (dtype !== undefined) types[type] = dtype;
    }
    for (const variable of Object.keys(op.schema.types)) {
      if (types[variable] !== undefined) continue;
      throw new ModelError({
        where: `${op.label} ${options.name ?? ''}`.trim(),
        what: `the element type ${variable}`,
        rule: 'must be known, because the function body depends on it',
        hint: `pass { types: { ${variable}: 'float32' } }, or declare an input with valueInfo`,
      });
    }
    return signatureOf(op, types, present, resolved);
  }

  #functionName(op: OpDefinition, signature: OpSignature): string {
    const mangled = signatureName(op, signature);
    const key = `${op.schema.domain}::${mangled}`;
    const known = this.#functions.find((f) => f.key === key);
    if (known !== undefined) return known.name;
    const isFirst = !this.#functions.some(
      ({ proto }) => proto.domain === op.schema.domain && proto.name === op.schema.type,
    );
    const name = isFirst ? op.schema.type : mangled;
    this.#functions.push({ key, name, proto: functionOf(op, signature, this.opset, name) });
    return name;
  }

  #importDomain(domain: string, version: number, where: string): void {
    const known = this.#domains.get(domain);
    if (known !== undefined && known !== version) {
      throw new ModelError({
        where,
        what: `version ${version} of domain ${domain}`,
        rule: `must be the one version a model can import, which is ${known} already`,
      });
    }
    this.#domains.set(domain, version);
  }
}

/** Whether an operator can be written into a model that stock onnxruntime runs. */
export const hasFunctionBody = (op: OpDefinition): boolean => !isMissing(op.body);
