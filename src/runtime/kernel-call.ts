// One call of an operator's JS kernel: inputs by port, outputs checked, failures told with operator and node.

import {
  DTypeError,
  messageOf,
  rangeError,
  RuntimeError,
  ShapeError,
  SharmixError,
} from '../core/errors.ts';
import { formatShape, sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { InputsOf, OpSchema } from '../schema/types.ts';
import type { BoundKernel, BoundOutput, ByPort } from './bind.ts';

/** Tells which node failed. A RangeError (a value outside the operator's domain) stays one. */
export const kernelFailure = ({ where, interpreted }: BoundKernel, cause: unknown): Error => {
  // What fails inside an interpreted node names its own node.
  const isOwn = cause instanceof SharmixError || cause instanceof RangeError;
  if (interpreted !== undefined && isOwn) return cause;
  const parts = { where, what: 'the kernel', rule: 'failed', actual: messageOf(cause), cause };
  if (!(cause instanceof RangeError)) return new RuntimeError(parts);
  const error = rangeError(parts);
  error.cause = cause;
  return error;
};

/** The inputs of a kernel by port. */
export const inputsOf = (kernel: BoundKernel, read: (value: string) => Tensor): ByPort<Tensor> => {
  const inputs: Record<string, Tensor | readonly Tensor[] | undefined> = {};
  for (const { port, variadic, sources } of kernel.inputs) {
    if (variadic) {
      inputs[port] = sources.map((s) => ('constant' in s ? s.constant : read(s.value)));
      continue;
    }
    const source = sources[0];
    if (source === undefined) inputs[port] = undefined;
    else inputs[port] = 'constant' in source ? source.constant : read(source.value);
  }
  return inputs;
};

/** One memory, be it by another view. */
const isSame = (a: Tensor['data'], b: Tensor['data']): boolean =>
  a === b || (!Array.isArray(a) && !Array.isArray(b) && a.buffer === b.buffer);

const isShared = (data: Tensor['data'], inputs: ByPort<Tensor>): boolean => {
  for (const port in inputs) {
    const input = inputs[port];
    if (input === undefined) continue;
    if ('dtype' in input ? isSame(input.data, data) : input.some((one) => isSame(one.data, data)))
      return true;
  }
  return false;
};

const nameOf = ({ port, at }: BoundOutput): string => (at === undefined ? port : `${port}[${at}]`);

/** The output of a port, checked. Data shared with an input is copied: an output is the caller's, to keep and to change. */
const outputOf = (
  kernel: BoundKernel,
  output: BoundOutput,
  outputs: ByPort<Tensor>,
  inputs: ByPort<Tensor>,
): Tensor => {
  const { port, at, dtype } = output;
  const found = outputs[port];
  const value = at === undefined ? found : (found as readonly Tensor[] | undefined)?.[at];
  const tensor = value as Tensor | undefined;
  if (tensor === undefined || tensor.dtype !== dtype) {
    throw new DTypeError({
      where: kernel.where,
      what: `output ${nameOf(output)} of the kernel`,
      rule: `must be a ${dtype} tensor, as the operator infers`,
      actual: tensor === undefined ? 'none' : tensor.dtype,
    });
  }
  const { dims, data } = tensor;
  if (sizeOf(dims) !== data.length || !dims.every(Number.isInteger)) {
    throw new ShapeError({
      where: kernel.where,
      what: `output ${nameOf(output)} of the kernel`,
      rule: 'must have data for its shape',
      actual: `${data.length} elements for ${formatShape(dims)}`,
    });
  }
  return isShared(tensor.data, inputs)
    ? ({ ...tensor, data: tensor.data.slice() } as Tensor)
    : tensor;
};

/** Runs a kernel and hands each output to `write`. A promise only where the kernel is asynchronous.
 * @throws {RuntimeError | RangeError} The kernel failed. {DTypeError | ShapeError} It returned other than it infers. */
export const callKernel = (
  kernel: BoundKernel,
  inputs: ByPort<Tensor>,
  write: (output: BoundOutput, tensor: Tensor) => void,
): void | Promise<void> => {
  const finish = (outputs: ByPort<Tensor>): void => {
    for (const output of kernel.outputs) write(output, outputOf(kernel, output, outputs, inputs));
  };
  let outputs: ByPort<Tensor> | Promise<ByPort<Tensor>>;
  try {
    outputs = kernel.op.kernel(inputs as unknown as InputsOf<OpSchema>, kernel.attributes);
  } catch (cause) {
    throw kernelFailure(kernel, cause);
  }
  if (!(outputs instanceof Promise)) {
    finish(outputs);
    return undefined;
  }
  return outputs.then(finish, (cause: unknown) => {
    throw kernelFailure(kernel, cause);
  });
};
