// gradcheck: an operator's float64 kernel, or a plain float64 function, against the gradient that is claimed for it.

import { DTypeError, SchemaError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { tensor, type Tensor, type TensorOf } from '../core/tensor.ts';
import { resolveAttributes } from '../schema/attributes.ts';
import { isMissing } from '../schema/forms.ts';
import type { OpDefinition } from '../schema/op.ts';
import { portsOf } from '../schema/types.ts';
import { compareGradients, type CheckedInput, type GradcheckTolerances } from './difference.ts';
import { randomOf } from './random.ts';

export { GradientError } from './difference.ts';

/** Tolerances, and what is checked. */
export interface GradcheckOptions extends GradcheckTolerances {
  /** Inputs to check. Default: all whose gradient is claimed. */
  readonly inputs?: readonly string[];
  /** Seed of the random cotangents, in [-1, 1]. Default 1. */
  readonly seed?: number;
}

/** What was checked. */
export interface GradcheckReport {
  readonly checked: readonly CheckedInput[];
  /** Inputs that were not: no gradient is claimed, or `options.inputs` leaves them out. */
  readonly skipped: readonly string[];
}

/** Numbers in [-1, 1), the same for the same seed. */
const cotangentsOf = (seed: number): (() => number) => {
  const random = randomOf(seed);
  return () => 2 * random.uniform() - 1;
};

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** The claims that are to be checked. */
const selected = <V>(
  where: string,
  claimed: ReadonlyMap<string, V>,
  names: readonly string[] = [...claimed.keys()],
): Map<string, V> => {
  const missing = names.find((name) => !claimed.has(name));
  if (missing !== undefined || names.length === 0) {
    throw new SchemaError({
      where,
      what: missing === undefined ? 'gradient' : `gradient of ${missing}`,
      rule: 'must be claimed to be checked',
      hint: `claimed are: ${[...claimed.keys()].join(', ') || 'none'}`,
    });
  }
  return new Map(names.map((name) => [name, claimed.get(name)!]));
};

/** Checks the vector-Jacobian product of a plain function: with a random cotangent c, the claimed
 * gradients must be the derivatives of `<c, f(x)>`, by central differences.
 *
 * @param where - Name of the function, for messages.
 * @param f - The function of named arrays, in float64. It is called with the same arrays, changed in place: it must not keep them.
 * @param vjp - Gradients by name from the inputs and the cotangent of f's result.
 * @param inputs - The point: copied, away from kinks, at least one step inside the domain.
 * @throws {GradientError} A gradient is wrong: which input and index, both values, by how much.
 * @throws {SchemaError} `options.inputs` names an input without a claimed gradient, or nothing is claimed.
 * @example
 * ```ts
 * await gradcheckFunction('square', ({ x }) => x.map((v) => v * v), ({ x }, c) => ({ x: x.map((v, i) => 2 * v * c[i]) }), { x: [1, 2] });
 * ``` */
export const gradcheckFunction = async <K extends string>(
  where: string,
  f: (inputs: Readonly<Record<K, Float64Array>>) => ArrayLike<number>,
  vjp: (
    inputs: Readonly<Record<K, Float64Array>>,
    cotangent: Float64Array,
  ) => { readonly [P in K]?: ArrayLike<number> },
  inputs: Readonly<Record<K, ArrayLike<number>>>,
  options: GradcheckOptions = {},
): Promise<GradcheckReport> => {
  const entries = Object.entries<ArrayLike<number>>(inputs);
  const point = new Map(entries.map(([name, values]) => [name, Float64Array.from(values)]));
  const arrays = Object.fromEntries(point) as Record<K, Float64Array>;
  const cotangent = Float64Array.from(f(arrays), cotangentsOf(options.seed ?? 1));
  const all = new Map(
    Object.entries<ArrayLike<number> | undefined>(vjp(arrays, cotangent)).flatMap(
      ([name, gradient]) => (gradient === undefined ? [] : [[name, gradient] as const]),
    ),
  );
  const claimed = selected(where, all, options.inputs);
  const value = (): number => dot(f(arrays), cotangent);
  return {
    checked: await compareGradients({ where, point, value, claimed }, options),
    skipped: [...point.keys()].filter((name) => !claimed.has(name)),
  };
};

type Inputs = Readonly<Record<string, Tensor | readonly Tensor[] | undefined>>;

/** An input whose entries can be moved: a float64 tensor of its own. */
const isFloat64 = (value: Inputs[string]): value is TensorOf<'float64'> =>
  value !== undefined && 'dtype' in value && value.dtype === 'float64';

const float64Only = (where: string, what: string, actual: string): never => {
  throw new DTypeError({
    where,
    what,
    rule: 'must be float64 to be differenced',
    actual,
    hint: 'central differences in float32 hold no more than three digits',
  });
};

/** Checks an operator's `grad` against central differences of its `kernel`, both at float64.
 *
 * @param op - The operator. Its schema must allow float64 for the inputs to check.
 * @param inputs - Input tensors by name: float64 where a gradient is checked; away from kinks, at least one step inside the domain.
 * @param attributes - Attributes; those left out take their defaults.
 * @throws {GradientError} A gradient is wrong: which input and index, both values, by how much.
 * @throws {SchemaError} The operator has no gradient, an attribute breaks its schema, or `options.inputs` names an
 *   input without a claimed gradient.
 * @throws {DTypeError} A checked input or an output is not float64. */
export const gradcheck = async (
  op: OpDefinition,
  inputs: Inputs,
  attributes: Readonly<Record<string, unknown>> = {},
  options: GradcheckOptions = {},
): Promise<GradcheckReport> => {
  const where = op.label;
  if (isMissing(op.grad)) {
    throw new SchemaError({ where, what: 'grad', rule: 'is missing', actual: op.grad.missing });
  }
  const resolved = resolveAttributes(where, op.schema.attributes, attributes);
  const point = new Map<string, Float64Array>();
  const moved: Record<string, Inputs[string]> = {};
  for (const { name } of portsOf(op.schema.inputs)) {
    const value = inputs[name];
    moved[name] = value;
    if (!isFloat64(value)) continue;
    const data = Float64Array.from(value.data);
    point.set(name, data);
    moved[name] = tensor('float64', data, value.dims);
  }
  // Checked against the schema's own ports above: the kernel of this very operator takes them.
  type KernelInputs = Parameters<OpDefinition['kernel']>[0];
  const args = moved as KernelInputs;
  const outputs = await op.kernel(args, resolved);
  const draw = cotangentsOf(options.seed ?? 1);
  const cotangents: Record<string, TensorOf<'float64'>> = {};
  for (const [name, output] of Object.entries(outputs as Readonly<Record<string, Tensor>>)) {
    if (output.dtype !== 'float64') float64Only(where, `output ${name}`, output.dtype);
    const data = Float64Array.from({ length: sizeOf(output.dims) }, draw);
    cotangents[name] = tensor('float64', data, output.dims);
  }
  const all = new Map<string, Float64Array>();
  for (const [name, gradient] of Object.entries(op.grad(args, outputs, cotangents, resolved))) {
    if (gradient === undefined) continue;
    if (gradient.dtype !== 'float64') float64Only(where, `gradient of ${name}`, gradient.dtype);
    all.set(name, gradient.data as Float64Array);
  }
  const value = async (): Promise<number> => {
    const results = (await op.kernel(args, resolved)) as Readonly<
      Record<string, TensorOf<'float64'>>
    >;
    let sum = 0;
    for (const [name, cotangent] of Object.entries(cotangents)) {
      sum += dot(results[name]!.data, cotangent.data);
    }
    return sum;
  };
  const claimed = selected(where, all, options.inputs);
  for (const name of claimed.keys()) {
    const input = moved[name];
    if (!isFloat64(input)) {
      float64Only(
        where,
        `input ${name}`,
        input !== undefined && 'dtype' in input ? input.dtype : 'no tensor',
      );
    }
  }
  return {
    checked: await compareGradients({ where, point, value, claimed }, options),
    skipped: portsOf(op.schema.inputs).flatMap(({ name }) =>
      moved[name] === undefined || claimed.has(name) ? [] : [name],
    ),
  };
};
