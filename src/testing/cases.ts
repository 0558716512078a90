// Cases of an operator: named calls, generated calls, and what must hold of their results. Written once, run by every form.

import { createData, isDType, type DType } from '../core/dtype.ts';
import { SchemaError } from '../core/errors.ts';
import { float16Bits, float16Value } from '../core/float16.ts';
import { tensor, type Tensor } from '../core/tensor.ts';
import { resolveAttributes, type AttributeValue } from '../schema/attributes.ts';
import type { OpDefinition } from '../schema/op.ts';
import { portsOf, type Port } from '../schema/types.ts';
import type { Random } from './random.ts';
import type { FloatType } from './tolerance.ts';

/** A tensor of a case: its shape and values, of no element type yet. */
export interface CaseTensor {
  readonly dims: readonly number[];
  readonly values: ArrayLike<number>;
}

/** Inputs of a case by name: absent optional ones are undefined or left out, variadic ones are lists. */
export type CaseInputs = Readonly<Record<string, CaseTensor | readonly CaseTensor[] | undefined>>;

/** A call: inputs and attributes; attributes left out take their defaults. */
export interface CaseCall {
  readonly inputs: CaseInputs;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** The inputs are outside the operator's domain: a RangeError where JS sees their values, NaN throughout where it doesn't. */
  readonly isOutOfDomain?: boolean;
}

/** A named call. */
export interface OpCase extends CaseCall {
  readonly name: string;
  /** Outputs known from elsewhere: what a float64 form is compared with, in place of the float64 kernel. */
  readonly expected?: Readonly<Record<string, CaseTensor>>;
}

/** Random calls. */
export interface OpGenerator {
  readonly name: string;
  readonly seed: number;
  readonly count: number;
  readonly generate: (random: Random) => CaseCall;
}

/** Tensors by port name, as kernels take and give them. */
export type Values = Readonly<Record<string, Tensor | readonly Tensor[] | undefined>>;

/** Outputs by name. */
export type Outputs = Readonly<Record<string, Tensor>>;

/** A call made and its results, all in plain numbers. */
export interface CaseResult {
  /** Inputs as the form got them, rounded to its element type. */
  readonly inputs: CaseInputs;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly dtype: FloatType;
  /** Outputs of the float64 kernel. */
  readonly expected: Readonly<Record<string, CaseTensor>>;
  /** Outputs of the form. */
  readonly actual: Readonly<Record<string, CaseTensor>>;
}

/** What an operator's `cases.ts` exports as `cases`. */
export interface OpCases {
  readonly op: OpDefinition;
  readonly cases: readonly OpCase[];
  readonly generators: readonly OpGenerator[];
  /** How many elements a call works on at a time, for the tolerance. Default: the largest dimension of its inputs. */
  readonly length?: (call: CaseCall) => number;
  /** Present where zeros are exact: whether element `index` of `output` is so near a kink that zero and non-zero may be confused. */
  readonly isNearKink?: (result: CaseResult, output: string, index: number) => boolean;
  /** Whether the gradient is checked at a call: not at kinks, nor within a step (1e-4) of the domain's edge. Default: at all that
   * are inside the domain and finite. */
  readonly isSmooth?: (call: CaseCall) => boolean;
  /** What else must hold of a result: a sentence for each thing that does not.
   * @param tolerance - Allowed difference of sums. */
  readonly invariants?: (result: CaseResult, tolerance: number) => readonly string[];
}

/** A scalar of a case. */
export const caseScalar = (value: number): CaseTensor => ({ dims: [], values: [value] });

const dataOf = (dtype: DType, values: ArrayLike<number>): Tensor['data'] => {
  switch (dtype) {
    case 'float16':
      return Uint16Array.from(values, float16Bits);
    case 'int64':
      return BigInt64Array.from(Array.from(values, BigInt));
    case 'uint64':
      return BigUint64Array.from(Array.from(values, BigInt));
    case 'string':
      return Array.from(values, String);
    default: {
      const data = createData(dtype, values.length);
      data.set(values);
      return data;
    }
  }
};

/** Values of a tensor as numbers. */
const numbersOf = ({ dtype, data }: Tensor): Float64Array =>
  dtype === 'float16'
    ? Float64Array.from(data, float16Value)
    : Float64Array.from(data as ArrayLike<unknown>, Number);

/** A tensor in plain numbers. */
export const plain = (value: Tensor): CaseTensor => ({
  dims: value.dims,
  values: numbersOf(value),
});

const dtypeOf = ({ op }: OpCases, port: Port, dtype: FloatType): DType => {
  const allowed = op.schema.types[port.type];
  if (allowed === undefined) return isDType(port.type) ? port.type : dtype;
  // A type variable that does not range over floats (an index type) keeps the first type of its list.
  return allowed.includes(dtype) ? dtype : (allowed[0] ?? dtype);
};

const mapInputs = <V, W>(
  { op }: OpCases,
  inputs: Readonly<Record<string, V | readonly V[] | undefined>>,
  each: (value: V, port: Port) => W,
): Record<string, W | readonly W[] | undefined> => {
  const ports = portsOf(op.schema.inputs);
  const unknown = Object.keys(inputs).find((name) => !ports.some((port) => port.name === name));
  if (unknown !== undefined) {
    throw new SchemaError({
      where: op.label,
      what: `input ${unknown}`,
      rule: 'is not in the schema',
    });
  }
  const mapped: Record<string, W | readonly W[] | undefined> = {};
  for (const port of ports) {
    const value = inputs[port.name];
    if (value === undefined) mapped[port.name] = undefined;
    else if (Array.isArray(value)) {
      mapped[port.name] = (value as readonly V[]).map((one) => each(one, port));
    } else mapped[port.name] = each(value as V, port);
  }
  return mapped;
};

/** The inputs of a call as tensors of an element type. */
export const tensorsOf = (cases: OpCases, inputs: CaseInputs, dtype: FloatType): Values =>
  mapInputs(cases, inputs, ({ dims, values }, port) => {
    const type = dtypeOf(cases, port, dtype);
    return tensor(type, dataOf(type, values), dims) as Tensor;
  });

/** The inputs of a call rounded to an element type. */
export const roundedInputs = (cases: OpCases, inputs: CaseInputs, dtype: FloatType): CaseInputs =>
  mapInputs(cases, tensorsOf(cases, inputs, dtype), plain);

/** Attributes of a call, defaults filled in, floats rounded to the float32 that ONNX stores. */
export const attributesOf = (
  { op }: OpCases,
  given: CaseCall['attributes'] = {},
): Readonly<Record<string, AttributeValue>> =>
  Object.fromEntries(
    Object.entries(resolveAttributes(op.label, op.schema.attributes, given)).map(
      ([name, value]) => {
        const kind = op.schema.attributes[name]?.kind;
        if (kind === 'float') return [name, Math.fround(value as number)];
        if (kind === 'floats') return [name, (value as readonly number[]).map(Math.fround)];
        return [name, value];
      },
    ),
  );
