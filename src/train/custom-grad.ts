// The bridge from an operator definition to a tfjs op: its JS kernel forward, its vector-Jacobian product backward.
// Values are read from tfjs once, as typed arrays, so it runs on every backend.

import { DTypeError, RuntimeError, SchemaError } from '../core/errors.ts';
import { zeros, type Tensor } from '../core/tensor.ts';
import { resolveAttributes } from '../schema/attributes.ts';
import { isMissing } from '../schema/forms.ts';
import type { OpDefinition } from '../schema/op.ts';
import { portsOf } from '../schema/types.ts';
import { tf } from './tf.ts';

/** Inputs of a tfjs op by name; an absent optional input is undefined. */
export type TfInputs = Readonly<Record<string, tf.Tensor | undefined>>;

/** A tfjs op: differentiable in every input the operator's `grad` gives a cotangent for. */
export type TfOp = (inputs: TfInputs, attributes?: Readonly<Record<string, unknown>>) => tf.Tensor;

/** A tfjs tensor as the operator's kernels see it (no copy beyond the backend's own).
 * @throws {DTypeError} An element type that kernels do not know (complex64, string). */
export const fromTf = (value: tf.Tensor, where: string): Tensor => {
  const { dtype, shape: dims } = value;
  switch (dtype) {
    case 'float32':
      return { dtype, dims, data: value.dataSync<'float32'>() };
    case 'int32':
      return { dtype, dims, data: value.dataSync<'int32'>() };
    case 'bool':
      return { dtype, dims, data: value.dataSync<'bool'>() };
    default:
      throw new DTypeError({
        where,
        what: 'input',
        rule: 'must be float32, int32 or bool',
        actual: dtype,
      });
  }
};

/** A kernel's tensor as a tfjs tensor.
 * @throws {DTypeError} An element type that tfjs lacks. */
export const toTf = ({ dtype, dims, data }: Tensor, where: string): tf.Tensor => {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') {
    return tf.tensor(data, [...dims], dtype);
  }
  throw new DTypeError({
    where,
    what: 'output',
    rule: 'must be of a type tfjs has',
    actual: dtype,
  });
};

const isPromise = (value: object): value is Promise<unknown> => 'then' in value;

/** Makes a tfjs op of an operator with one output.
 *
 * Forward runs `op.kernel`, backward `op.grad` on the same arrays; where `grad` is missing, differentiating throws a SchemaError
 * that says why. The gradient itself cannot be differentiated again.
 * @throws {SchemaError} The operator has several outputs, or variadic inputs. */
export const tfOp = (op: OpDefinition): TfOp => {
  const { label, schema, kernel, grad } = op;
  const ports = portsOf(schema.inputs);
  const outputs = portsOf(schema.outputs);
  const output = outputs[0]?.name ?? '';
  if (outputs.length !== 1 || ports.some(({ variadic }) => variadic)) {
    throw new SchemaError({
      where: label,
      what: 'a tfjs op',
      rule: 'needs exactly one output and no variadic input',
    });
  }
  return (inputs, attributes = {}) => {
    const resolved = resolveAttributes(label, schema.attributes, attributes);
    const present = ports.filter(({ name }) => inputs[name] !== undefined).map(({ name }) => name);
    const arguments_ = present.map((name) => inputs[name]!);
    return tf.customGrad((...values) => {
      const tensors = values.slice(0, present.length) as tf.Tensor[];
      const given: Record<string, Tensor> = {};
      tensors.forEach((value, i) => {
        given[present[i]!] = fromTf(value, label);
      });
      const result = kernel(given, resolved);
      if (isPromise(result)) {
        throw new RuntimeError({
          where: label,
          what: 'the kernel',
          rule: 'must be synchronous to be a tfjs op',
        });
      }
      const value = (result as Record<string, Tensor>)[output]!;
      const gradFunc = (dy: tf.Tensor): tf.Tensor[] => {
        if (isMissing(grad)) {
          throw new SchemaError({
            where: label,
            what: 'grad',
            rule: 'is needed to differentiate through the op',
            actual: `missing: ${grad.missing}`,
          });
        }
        const cotangent = fromTf(dy, label);
        const cotangents = grad(given, { [output]: value }, { [output]: cotangent }, resolved);
        return present.map((name) =>
          toTf(cotangents[name] ?? zeros('float32', given[name]!.dims), label),
        );
      };
      return { value: toTf(value, label), gradFunc };
    })(...arguments_);
  };
};
