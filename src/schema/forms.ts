// The forms an operator can have beside its schema: inference, JS kernel, WGSL shader, ONNX function body, gradient.

import type { DType } from '../core/dtype.ts';
import type { Tensor } from '../core/tensor.ts';
import type { BodyBuilder, BodyValue } from './body.ts';
import type { ShaderDevice, ShaderPass } from './shader.ts';
import type { AttributesOf, InputsOf, OpSchema, OutputsOf } from './types.ts';

/** A form an operator lacks, and why. */
export interface Missing {
  readonly missing: string;
}

/** Says why an operator lacks a form: `shader: missing('needs a sort')`. */
export const missing = (why: string): Missing => ({ missing: why });

/** Whether a form is missing. */
export const isMissing = (form: unknown): form is Missing =>
  typeof form === 'object' && form !== null && 'missing' in form;

/** Element type and shape of a value; `data` where it is known on the CPU before the operator runs. */
export interface TensorMeta {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data?: Tensor['data'];
}

/** Element type and shape as a model declares them: a symbolic dimension is a string, an unknown one null, an unknown rank undefined. */
export interface ValueMeta {
  readonly dtype: DType;
  readonly dims: readonly (number | string | null)[] | undefined;
}

/** Type and shape inference: declared inputs to declared outputs. */
export type Infer<S extends OpSchema> = (
  inputs: InputsOf<S, ValueMeta>,
  attributes: AttributesOf<S>,
) => OutputsOf<S, ValueMeta>;

/** JS kernel: computes the outputs on the CPU. Never changes its inputs. */
export type Kernel<S extends OpSchema> = (
  inputs: InputsOf<S>,
  attributes: AttributesOf<S>,
) => OutputsOf<S> | Promise<OutputsOf<S>>;

/** WebGPU form: the passes that compute the outputs, and which element types they cover. */
export interface Shader<S extends OpSchema> {
  /** For each type variable, the element types the WGSL covers; others take the JS kernel. */
  readonly types: { readonly [K in keyof S['types']]: readonly DType[] };
  /** Shapes of the outputs and the passes to dispatch, in order. Throws where a value known on the CPU is out of its domain. */
  readonly plan: (
    inputs: InputsOf<S, TensorMeta>,
    attributes: AttributesOf<S>,
    device: ShaderDevice,
  ) => { readonly outputs: OutputsOf<S, TensorMeta>; readonly passes: readonly ShaderPass[] };
}

/** What a function body is generated for. Bodies of different signatures are different functions of the model. */
export interface Signature<S extends OpSchema> {
  /** Element type of each type variable. */
  readonly types: { readonly [K in keyof S['types']]: DType };
  /** Which inputs the node has. */
  readonly present: { readonly [K in keyof S['inputs']]: boolean };
  /** The attributes named by {@link Body.specialised}, by value; all others are references (`graph.attribute(name)`). */
  readonly attributes: Partial<AttributesOf<S>>;
}

/** ONNX function body: builds the graph of one signature out of standard operators. */
export interface Body<S extends OpSchema> {
  /** Attributes a body is generated for by value (strings cannot be compared in ONNX before opset 19). */
  readonly specialised: readonly (keyof S['attributes'] & string)[];
  readonly build: (
    graph: BodyBuilder,
    inputs: { readonly [K in keyof S['inputs']]: BodyValue | undefined },
    signature: Signature<S>,
  ) => { readonly [K in keyof S['outputs']]: BodyValue };
}

/** Vector-Jacobian product: cotangents of the inputs from cotangents of the outputs. An input left out has no gradient. */
export type Vjp<S extends OpSchema> = (
  inputs: InputsOf<S>,
  outputs: OutputsOf<S>,
  cotangents: OutputsOf<S>,
  attributes: AttributesOf<S>,
) => { readonly [K in keyof S['inputs']]?: Tensor };

/** The forms of an operator. */
export interface Forms<S extends OpSchema> {
  readonly infer: Infer<S>;
  readonly kernel: Kernel<S>;
  readonly shader: Shader<S> | Missing;
  readonly body: Body<S> | Missing;
  readonly grad: Vjp<S> | Missing;
}
