// Runs an operator through its WGSL form on a GPUDevice; and finds a device, in a browser or in Node.

import { messageOf } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { GpuTensor, Ports, WebGpuExecutor } from '../runtime/webgpu/index.ts';
import type { Values } from './cases.ts';
import type { RunForm } from './conformance.ts';

/** A device, or why there is none. */
export type FoundDevice = { readonly device: GPUDevice } | { readonly why: string };

/** The package that brings WebGPU to Node. By a variable: a bundler is not to look for it. */
const nodeWebGpu = 'webgpu';

/** Kept for as long as the process runs: a device outlives the object it came from only as long as that is reachable. */
const roots: unknown[] = [];

const gpuOf = async (): Promise<GPU | string> => {
  const known = (globalThis as { readonly navigator?: { readonly gpu?: GPU } }).navigator?.gpu;
  if (known !== undefined) return known;
  try {
    const webgpu = (await import(nodeWebGpu)) as { create(options: readonly string[]): GPU };
    const gpu = webgpu.create([]);
    roots.push(gpu);
    return gpu;
  } catch (error) {
    const { code } = error as { readonly code?: string };
    return code === 'ERR_MODULE_NOT_FOUND'
      ? 'no WebGPU here: run the test in a browser, or install the package webgpu'
      : `the package webgpu does not start: ${messageOf(error)}`;
  }
};

/** A GPUDevice: the browser's, or in Node that of the package `webgpu`, if it is installed. */
export const findDevice = async (): Promise<FoundDevice> => {
  const gpu = await gpuOf();
  if (typeof gpu === 'string') return { why: gpu };
  const adapter = await gpu.requestAdapter();
  if (adapter === null) return { why: 'WebGPU has no adapter here' };
  const wanted = ['subgroups', 'shader-f16'] as const;
  const requiredFeatures = wanted.filter((name) => adapter.features.has(name));
  return { device: await adapter.requestDevice({ requiredFeatures }) };
};

const mapValues = <V>(values: Values, map: (value: Tensor) => V): Ports<V> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (value === undefined) return [name, undefined];
      return [name, 'dtype' in value ? map(value) : value.map((part) => map(part))];
    }),
  );

const listOf = (ports: Ports<GpuTensor>): GpuTensor[] =>
  Object.values(ports)
    .flat()
    .filter((value) => value !== undefined);

/** A form that runs the shader.
 * @param isKnown - Whether the plan sees values of small inputs, as for a model's constants; else they are on the device only. */
export const wgslForm =
  (executor: WebGpuExecutor, isKnown: boolean): RunForm =>
  async (op, inputs, attributes) => {
    const uploaded = mapValues(inputs, (value) => {
      const { data, ...gpu } = executor.upload(value);
      return isKnown && data !== undefined ? { ...gpu, data } : gpu;
    });
    try {
      const outputs = await executor.run(op, uploaded, attributes);
      const results: Record<string, Tensor> = {};
      for (const [name, value] of Object.entries(outputs)) {
        if (value === undefined || !('buffer' in value)) continue;
        results[name] = await executor.download(value);
        executor.release(value);
      }
      return results;
    } finally {
      for (const value of listOf(uploaded)) executor.release(value);
    }
  };
