// What a WGSL form hands to the executor: passes with a pipeline key, source, bindings, uniforms and a dispatch size.

/** The device as far as a shader's text or dispatch may depend on it. */
export interface ShaderDevice {
  /** WGSL `enable subgroups;` is available. */
  readonly subgroups: boolean;
  /** WGSL `enable f16;` is available. */
  readonly shaderF16: boolean;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxStorageBufferBindingSize: number;
}

/** A storage buffer of a pass: an input or output by name (variadic: `name.0`), or scratch memory shared by the passes of one run.
 * The shader declares inputs `var<storage, read>`, outputs and scratch memory `var<storage, read_write>`. A buffer may be
 * longer than its tensor (sizes go by uniform, not by `arrayLength`), and what scratch memory holds at first is undefined. */
export type ShaderBinding =
  | { readonly input: string }
  | { readonly output: string }
  | { readonly scratch: string; readonly sizeBytes: number };

/** One dispatch. Binding i of group 0 is `bindings[i]`; the uniform buffer, if any, is the binding after the last. */
export interface ShaderPass {
  /** Names everything the source depends on: equal keys share a pipeline on one device. */
  readonly key: string;
  /** WGSL with one entry point, `main`. */
  readonly source: () => string;
  readonly bindings: readonly ShaderBinding[];
  /** Sizes, strides and the like: what changes by run. A multiple of 16 bytes. */
  readonly uniforms?: ArrayBuffer;
  /** Workgroups in x, y, z, each at most the device's limit. A pass with a 0 is left out. */
  readonly dispatch: readonly [number, number, number];
}
