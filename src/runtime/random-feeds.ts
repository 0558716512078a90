// Random inputs of a model, by what it declares of them: the same everywhere for the same seed.

import { createData, isDType, type DType } from '../core/dtype.ts';
import { float16Bits } from '../core/float16.ts';
import { RuntimeError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { ValueSummary } from '../onnx/inspect.ts';

/** How random inputs are made. */
export interface RandomFeedsOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Sizes of symbolic dimensions by name. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Size of the dimensions that have none. Default 2. */
  readonly size?: number;
  /** Integers are in 0 .. integers - 1: indices of a small table are in range. Default 2. */
  readonly integers?: number;
}

/** Numbers in [0, 1), the same for the same seed (Mulberry32). */
const uniformOf = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
};

const dataOf = (
  dtype: DType,
  length: number,
  uniform: () => number,
  integers: number,
): Tensor['data'] => {
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const integer = (): number => Math.floor(uniform() * integers);
  const data = createData(dtype, length);
  for (let i = 0; i < length; i++) {
    if (Array.isArray(data)) data[i] = `word ${Math.floor(uniform() * 1000)}`;
    else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
      data[i] = BigInt(integer());
    } else if (dtype === 'float32' || dtype === 'float64') data[i] = normal();
    else if (dtype === 'float16') data[i] = float16Bits(normal());
    else data[i] = dtype === 'bool' ? Math.floor(uniform() * 2) : integer();
  }
  return data;
};

/** Random tensors for inputs: floats are standard normal, integers small, strings words.
 * @throws {RuntimeError} An input is no tensor, or of a type JavaScript cannot hold. */
export const randomFeeds = (
  inputs: readonly ValueSummary[],
  options: RandomFeedsOptions = {},
): Readonly<Record<string, Tensor>> => {
  const { seed = 1, dims = {}, size = 2, integers = 2 } = options;
  const uniform = uniformOf(seed);
  return Object.fromEntries(
    inputs.map(({ name, dtype, dims: declared }): [string, Tensor] => {
      if (dtype === undefined || !isDType(dtype)) {
        throw new RuntimeError({
          where: 'randomFeeds',
          what: `the input "${name}"`,
          rule: 'must be a tensor of a type JavaScript holds',
          actual: dtype ?? 'no tensor, or none the model declares',
          hint: 'give the inputs yourself',
        });
      }
      const shape = (declared ?? []).map((dim) => {
        if (typeof dim === 'number' && dim >= 0) return dim;
        return typeof dim === 'string' ? (dims[dim] ?? size) : size;
      });
      const data = dataOf(dtype, sizeOf(shape), uniform, integers);
      return [name, { dtype, dims: shape, data } as Tensor];
    }),
  );
};
