// How far each form of an operator may be from its float64 kernel at the same inputs: one table, by form and element type.

/** Where an operator runs. `kernel`: JS; `body-*`: the ONNX function body in onnxruntime; `wgsl`: the WebGPU kernel. */
export type FormName = 'kernel' | 'tfjs' | 'body-node' | 'body-wasm' | 'body-webgpu' | 'wgsl';

/** Element types results are compared in. */
export type FloatType = 'float16' | 'float32' | 'float64';

/** Allowed differences of one form and element type. */
export interface Tolerance {
  /** Difference of an element: absolute, relative where the expected value is beyond 1. */
  readonly absolute: number;
  /** The same where an operator works on 1000 elements or more at a time. */
  readonly long: number;
  /** Difference of a sum that should be exact, such as that of probabilities. */
  readonly sum: number;
}

const same = (absolute: number, sum: number): Tolerance => ({ absolute, long: absolute, sum });

// float16 stores 11 bits: half a unit in the last place of 1 is 2.5e-4.
const float16 = same(3e-4, 1e-3);
const float64 = same(1e-12, 1e-12);
const kernel = { float16, float32: same(1e-6, 2e-6), float64 };
const single = { absolute: 2e-6, long: 5e-6, sum: 2e-6 };
// A Loop that stops at a tolerance and a linearised finish: the float64 body is a more exact float32 one.
const body = { float16, float32: single, float64: same(1e-9, 1e-9) };

/** The table. A form has no entry for element types it does not cover. */
export const tolerances: {
  readonly [F in FormName]: { readonly [D in FloatType]?: Tolerance };
} = {
  kernel,
  tfjs: { float32: kernel.float32 },
  'body-node': body,
  'body-wasm': body,
  // onnxruntime runs a body's nodes in WGSL, whose log may be coarse near 1.
  'body-webgpu': { float16, float32: same(5e-5, 5e-5) },
  wgsl: { float16, float32: single },
};

/** Values below this may be flushed to zero: the least normal float32 with a margin for exp; half the least float16. */
export const underflow: { readonly [D in FloatType]: number } = {
  float16: 2 ** -24,
  float32: 1e-37,
  float64: 0,
};
