// A GPUDevice as the library sees it: its capabilities for shaders, the WebGPU flag constants, its error scopes.

import type { ShaderDevice } from '../../schema/index.ts';

/** Values of `GPUBufferUsage`, which exists as a global in browsers only and has no declaration in TypeScript's lib.dom. */
export const bufferUsage = {
  mapRead: 0x0001,
  copySrc: 0x0004,
  copyDst: 0x0008,
  uniform: 0x0040,
  storage: 0x0080,
} as const;

/** `GPUMapMode.READ` */
export const mapModeRead = 0x0001;
/** `GPUShaderStage.COMPUTE` */
export const shaderStageCompute = 0x4;

/** What a shader's text and dispatch may depend on. A feature counts when the device was created with it. */
export const shaderDeviceOf = (device: GPUDevice): ShaderDevice => ({
  subgroups: device.features.has('subgroups'),
  shaderF16: device.features.has('shader-f16'),
  maxComputeWorkgroupsPerDimension: device.limits.maxComputeWorkgroupsPerDimension,
  maxComputeInvocationsPerWorkgroup: device.limits.maxComputeInvocationsPerWorkgroup,
  maxComputeWorkgroupStorageSize: device.limits.maxComputeWorkgroupStorageSize,
  maxStorageBufferBindingSize: device.limits.maxStorageBufferBindingSize,
});

/** A synchronous stretch of WebGPU calls and what the device found wrong with it. */
export interface Scoped<T> {
  readonly value: T;
  /** Message of the first validation or out-of-memory error, or undefined. Resolves after a round trip to the GPU process. */
  readonly error: Promise<string | undefined>;
}

/** Runs `calls` inside error scopes. Scopes are a stack on the device that others (onnxruntime) share, so they are
 * opened and closed without an await in between. */
export const scoped = <T>(device: GPUDevice, calls: () => T): Scoped<T> => {
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  let errors: [Promise<GPUError | null>, Promise<GPUError | null>];
  let value: T;
  try {
    value = calls();
  } finally {
    errors = [device.popErrorScope(), device.popErrorScope()];
  }
  // A lost device rejects (or answers null): that the device is lost is reported by whoever awaits its work.
  const error = Promise.all(errors).then(
    ([validation, memory]) => (validation ?? memory)?.message,
    (reason: unknown) => String(reason),
  );
  return { value, error };
};
