// For the tests of the function body: models of one SharMiX node, runs in stock onnxruntime, and the float64 reference.

import '../float16-bits.ts';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sharmix } from '../../ops/sharmix/index.ts';
import { sharmix as reference } from '../../ops/sharmix/math/index.ts';
import { ModelBuilder, type Dims } from '../../src/onnx/index.ts';
import { float16ToFloat32, float32ToFloat16 } from '../../src/schema/index.ts';

/** Element types of SharMiX. */
export type Float = 'float32' | 'float64' | 'float16';

/** Which indices a node has, its type, attributes and the model's opset. */
export interface NodeOptions {
  readonly dtype?: Float;
  readonly q?: boolean;
  readonly r?: boolean;
  readonly opset?: number;
  readonly dims?: Dims;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A model of one SharMiX node with inputs logits, q, r and output probabilities. */
export const modelOf = (options: NodeOptions = {}): Uint8Array => {
  const { dtype = 'float32', q = true, r = true, opset = 17, dims } = options;
  const model = new ModelBuilder({ opset });
  const logits = model.input('logits', dtype, dims);
  const { probabilities } = model.customOp(
    sharmix,
    {
      logits,
      q: q ? model.input('q', dtype, []) : undefined,
      r: r ? model.input('r', dtype, []) : undefined,
    },
    options.attributes,
  );
  model.output(probabilities!, 'probabilities', dtype, dims);
  return model.build();
};

/** Numbers as a tensor's data of a type. */
export const encode = (dtype: Float, values: readonly number[]) => {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    case 'float16':
      return float32ToFloat16(values);
  }
};

/** A tensor's data of a type as numbers. */
const decode = (dtype: Float, data: Tensor.DataType): number[] =>
  dtype === 'float16'
    ? Array.from(float16ToFloat32(new Uint16Array(asBuffer(data))))
    : Array.from(data as Float32Array | Float64Array);

/** float16 arrives as Uint16Array, or as Float16Array where the runtime has it: the bits are the same. */
const asBuffer = (data: Tensor.DataType): ArrayBuffer => {
  const { buffer, byteOffset, byteLength } = data as Uint16Array;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
};

/** Values rounded to a type. */
export const rounded = (dtype: Float, values: readonly number[]): number[] => {
  const data = encode(dtype, values);
  return dtype === 'float16' ? Array.from(float16ToFloat32(data)) : Array.from(data);
};

/** One run of a body. */
export interface Call {
  readonly logits: readonly number[];
  readonly dims: readonly number[];
  readonly q?: number;
  readonly r?: number;
}

/** Result of a run: values and shape. */
export interface Result {
  readonly values: readonly number[];
  readonly dims: readonly number[];
}

/** A body in a session of stock onnxruntime-node. */
export const openBody = async (
  options: NodeOptions = {},
): Promise<(call: Call) => Promise<Result>> => {
  const dtype = options.dtype ?? 'float32';
  const session = await InferenceSession.create(modelOf(options), { logSeverityLevel: 4 });
  const tensor = (values: readonly number[], dims: readonly number[]): Tensor =>
    new Tensor(dtype as 'float32', encode(dtype, values) as Float32Array, dims);
  return async ({ logits, dims, q, r }) => {
    const feeds: Record<string, Tensor> = { logits: tensor(logits, dims) };
    if (q !== undefined) feeds['q'] = tensor([q], []);
    if (r !== undefined) feeds['r'] = tensor([r], []);
    const { probabilities } = await session.run(feeds);
    return { values: decode(dtype, probabilities!.data), dims: probabilities!.dims };
  };
};

/** The float64 reference on rows that lie one after the other. */
export const referenceRows = (
  logits: readonly number[],
  n: number,
  options: Parameters<typeof reference>[1],
): number[] => {
  const result: number[] = [];
  for (let at = 0; at < logits.length; at += n) {
    result.push(...reference(logits.slice(at, at + n), options));
  }
  return result;
};

/** Largest absolute difference; infinite where one is NaN and the other is not. */
export const distance = (a: readonly number[], b: readonly number[]): number => {
  let largest = a.length === b.length ? 0 : Infinity;
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? NaN;
    if (Number.isNaN(value) && Number.isNaN(other)) continue;
    const gap = Math.abs(value - other);
    largest = Math.max(largest, Number.isNaN(gap) ? Infinity : gap);
  }
  return largest;
};

/** Random numbers in [0, 1) from a seed (mulberry32). */
export const randomOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};
