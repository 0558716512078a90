// A custom node bound to its operator: attributes resolved, inputs and outputs by port, element types checked, outputs inferred.

import type { DType } from '../core/dtype.ts';
import { DTypeError, messageOf, RuntimeError, SchemaError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { attributeFromProto } from '../onnx/attributes.ts';
import { describeNode } from '../onnx/bytes-graph.ts';
import { onnx } from '../onnx/proto.ts';
import { resolveAttributes, type AttributeValue } from '../schema/attributes.ts';
import type { ValueMeta } from '../schema/forms.ts';
import type { OpDefinition } from '../schema/op.ts';
import { portsOf, type InputsOf, type OpSchema, type Port } from '../schema/types.ts';
import type { KernelPlan } from './plan.ts';
import type { Constants } from './values.ts';
import { decodePart } from '../onnx/decode.ts';

/** Values by port name: undefined for an absent optional one, a list for a variadic one. */
export type ByPort<V> = Readonly<Record<string, V | readonly V[] | undefined>>;

/** Where an input comes from: a constant of the model, or a value of the run. */
type Source = { readonly constant: Tensor } | { readonly value: string };

/** One input port of a bound node; `sources` has one entry unless the port is variadic. */
interface BoundInput {
  readonly port: string;
  readonly variadic: boolean;
  readonly sources: readonly Source[];
}

/** One output value: `at` is its position in a variadic port. */
export interface BoundOutput {
  readonly port: string;
  readonly at: number | undefined;
  readonly value: string;
  readonly dtype: DType;
}

/** A custom node, ready to be run by a kernel of any kind. */
export interface BoundKernel {
  readonly op: OpDefinition;
  /** `ai.sharmix@1::SharMiX, node "head"` */
  readonly where: string;
  readonly node: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly inputs: readonly BoundInput[];
  readonly outputs: readonly BoundOutput[];
  /** Element types of the inputs, by port. */
  readonly inputTypes: ByPort<{ readonly dtype: DType }>;
  /** Why a control-flow node is interpreted; absent in kernels of operators. */
  readonly interpreted?: string;
}

/** Gives each port its names: one, or all that are left for a variadic port. */
const assign = (
  where: string,
  kind: 'input' | 'output',
  ports: readonly Port[],
  names: readonly string[],
): readonly (readonly [Port, readonly string[]])[] => {
  const hasVariadic = ports.at(-1)?.variadic === true;
  if (names.length > ports.length && !hasVariadic) {
    throw new SchemaError({
      where,
      what: `the node's ${kind}s`,
      rule: `must be at most ${ports.length} (${ports.map(({ name }) => name).join(', ')})`,
      actual: String(names.length),
    });
  }
  return ports.map((port, at) => {
    const own = port.variadic ? names.slice(at) : names.slice(at, at + 1);
    const given = own.filter((name) => name !== '');
    if (kind === 'input' && given.length === 0 && !port.optional && !port.variadic) {
      throw new SchemaError({ where, what: `input ${port.name}`, rule: 'is required' });
    }
    return [port, port.variadic ? own : given] as const;
  });
};

/** Checks element types against the schema; a type variable means one type. */
const checkTypes = (
  { op, where }: { readonly op: OpDefinition; readonly where: string },
  typed: Iterable<readonly [Port, DType]>,
): void => {
  const bound = new Map<string, DType>();
  for (const [port, dtype] of typed) {
    const allowed = op.schema.types[port.type] ?? [port.type];
    const known = bound.get(port.type);
    if (!allowed.includes(dtype) || (known !== undefined && known !== dtype)) {
      throw new DTypeError({
        where,
        what: `input ${port.name}`,
        rule: `must be ${known ?? allowed.join(' | ')}`,
        actual: dtype,
      });
    }
    bound.set(port.type, dtype);
  }
};

const attributesOf = (plan: KernelPlan, where: string): BoundKernel['attributes'] => {
  const given: Record<string, AttributeValue> = {};
  for (const attribute of decodePart(onnx.NodeProto, plan.node.bytes, where).attribute) {
    given[attribute.name ?? ''] = attributeFromProto(attribute);
  }
  return resolveAttributes(where, plan.op.schema.attributes, given);
};

const metaOf = (
  name: string,
  where: string,
  metas: ReadonlyMap<string, ValueMeta>,
  constants: Constants,
): ValueMeta => {
  if (constants.has(name)) {
    const { dtype, dims } = constants.tensor(name);
    return { dtype, dims };
  }
  const meta = metas.get(name);
  if (meta !== undefined) return meta;
  throw new RuntimeError({
    where,
    what: `the value ${JSON.stringify(name)}`,
    rule: 'must be a tensor of a type that JavaScript holds, to be read by a custom operator',
  });
};

const many = <V>(port: Port, values: readonly V[]): V | readonly V[] | undefined =>
  port.variadic ? values : values[0];

/** What the model declares, and what the operator infers where the model leaves a dimension open. */
const refined = (declared: ValueMeta | undefined, inferred: ValueMeta): ValueMeta => {
  const { dtype, dims } = declared ?? inferred;
  if (dims === undefined) return inferred;
  if (inferred.dims?.length !== dims.length) return { dtype, dims };
  return { dtype, dims: dims.map((dim, at) => dim ?? inferred.dims![at]!) };
};

/** Binds a custom node, and adds what its operator infers for the outputs to `metas` where the model leaves it open.
 * @throws {SchemaError | DTypeError | RuntimeError} Inputs, attributes or element types are not the operator's. */
export const bindKernel = (
  plan: KernelPlan,
  metas: Map<string, ValueMeta>,
  constants: Constants,
): BoundKernel => {
  const { op, node } = plan;
  const called = node.name === '' ? describeNode(node) : `node "${node.name}"`;
  const where = `${op.label}, ${called}`;
  const attributes = attributesOf(plan, where);
  const inputs = assign(where, 'input', portsOf(op.schema.inputs), node.inputs);
  const inputMetas: Record<string, ValueMeta | readonly ValueMeta[] | undefined> = {};
  const typed: (readonly [Port, DType])[] = [];
  for (const [port, names] of inputs) {
    const all = names.map((name) => metaOf(name, where, metas, constants));
    for (const { dtype } of all) typed.push([port, dtype]);
    inputMetas[port.name] = many(port, all);
  }
  checkTypes({ op, where }, typed);
  const inferred = infer(op, where, inputMetas, attributes);
  const outputs: BoundOutput[] = [];
  for (const [port, names] of assign(where, 'output', portsOf(op.schema.outputs), node.outputs)) {
    names.forEach((value, at) => {
      if (value === '') return;
      const found = inferred[port.name];
      const meta = (Array.isArray(found) ? (found as readonly ValueMeta[])[at] : found) as
        | ValueMeta
        | undefined;
      const declared = metas.get(value);
      if (meta === undefined || (declared !== undefined && declared.dtype !== meta.dtype)) {
        throw new DTypeError({
          where,
          what: `output ${port.name}`,
          rule: `must be ${declared?.dtype ?? 'inferred by the operator'}`,
          actual: meta?.dtype ?? 'nothing',
        });
      }
      metas.set(value, refined(declared, meta));
      outputs.push({
        port: port.name,
        at: port.variadic ? at : undefined,
        value,
        dtype: meta.dtype,
      });
    });
  }
  return {
    op,
    where,
    node: node.name,
    attributes,
    inputs: inputs.map(([port, names]) => ({
      port: port.name,
      variadic: port.variadic,
      sources: names.map((name) =>
        constants.has(name) ? { constant: constants.tensor(name) } : { value: name },
      ),
    })),
    outputs,
    inputTypes: inputMetas,
  };
};

const infer = (
  op: OpDefinition,
  where: string,
  inputs: ByPort<ValueMeta>,
  attributes: BoundKernel['attributes'],
): ByPort<ValueMeta> => {
  try {
    return op.infer(inputs as unknown as InputsOf<OpSchema, ValueMeta>, attributes);
  } catch (cause) {
    throw new RuntimeError({
      where,
      what: 'the inference of its outputs',
      rule: 'failed',
      actual: messageOf(cause),
      cause,
    });
  }
};
