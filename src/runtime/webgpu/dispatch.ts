// Encodes the passes of one run of an operator: binds buffers, writes uniforms, dispatches. Synchronous; submits once.

import {
  formatShape,
  RuntimeError,
  type OpDefinition,
  type ShaderBinding,
  type ShaderDevice,
  type ShaderPass,
} from '../../schema/index.ts';
import type { BufferPool } from './buffers.ts';
import type { GpuTensor } from './gpu-tensor.ts';
import type { Pipeline } from './pipelines.ts';
import { dataBytesOf, paddedBytes } from './storage.ts';

/** A pass and its pipeline. */
export interface Step {
  readonly pass: ShaderPass;
  readonly pipeline: Pipeline;
}

/** Where a run's buffers come from. */
export interface Memory {
  readonly inputs: ReadonlyMap<string, GpuTensor>;
  readonly outputs: ReadonlyMap<string, GpuTensor>;
  readonly storage: BufferPool;
  readonly uniforms: BufferPool;
}

/** Whether a pass has nothing to do. */
export const isIdle = ({ dispatch }: ShaderPass): boolean => dispatch.includes(0);

const fail = (op: OpDefinition, what: string, rule: string, actual: string): never => {
  throw new RuntimeError({ where: op.label, what, rule, actual });
};

/** Checks what the device would refuse: dispatch sizes, the size of the uniforms.
 * @throws {RuntimeError} Naming the pass, the limit and the value. */
export const checkPass = (op: OpDefinition, pass: ShaderPass, device: ShaderDevice): void => {
  const { dispatch, uniforms, key } = pass;
  const limit = device.maxComputeWorkgroupsPerDimension;
  if (!dispatch.every((count) => Number.isInteger(count) && count >= 0 && count <= limit)) {
    const rule = `must be integers in [0, ${limit}]`;
    fail(op, `the dispatch of pass ${key}`, rule, formatShape(dispatch));
  }
  if (uniforms !== undefined && (uniforms.byteLength === 0 || uniforms.byteLength % 16 !== 0)) {
    const rule = 'must be a multiple of 16 bytes';
    fail(op, `the uniforms of pass ${key}`, rule, `${uniforms.byteLength} bytes`);
  }
};

/** Checks that a tensor fits in one storage binding of the device.
 * @throws {RuntimeError} Naming the tensor, the limit and its size. */
export const checkBindingSize = (
  op: OpDefinition,
  name: string,
  bytes: number,
  device: ShaderDevice,
): void => {
  const limit = device.maxStorageBufferBindingSize;
  if (bytes <= limit) return;
  fail(op, name, `must take at most ${limit} bytes on this device`, `${bytes} bytes`);
};

/** Encodes and submits the steps. Scratch memory and uniforms go back to their pools at once: the queue runs in order. */
export const dispatch = (
  device: GPUDevice,
  op: OpDefinition,
  steps: readonly Step[],
  memory: Memory,
): void => {
  const scratch = new Map<string, { readonly buffer: GPUBuffer; readonly size: number }>();
  const uniforms: GPUBuffer[] = [];
  const sizes = new Map<string, number>();
  for (const binding of steps.flatMap(({ pass }) => pass.bindings)) {
    if (!('scratch' in binding)) continue;
    sizes.set(binding.scratch, Math.max(binding.sizeBytes, sizes.get(binding.scratch) ?? 0));
  }

  const resourceOf = (binding: ShaderBinding): GPUBufferBinding => {
    if ('scratch' in binding) {
      const { scratch: name } = binding;
      let taken = scratch.get(name);
      if (taken === undefined) {
        const size = paddedBytes(sizes.get(name) ?? 0);
        scratch.set(name, (taken = { buffer: memory.storage.take(size), size }));
      }
      return taken;
    }
    const isInput = 'input' in binding;
    const name = isInput ? binding.input : binding.output;
    const bound = (isInput ? memory.inputs : memory.outputs).get(name);
    if (bound === undefined) {
      return fail(op, 'its shader', 'binds a value that is not there', name);
    }
    // A foreign buffer may end with its last word.
    const size = Math.min(paddedBytes(dataBytesOf(bound)), bound.buffer.size);
    return { buffer: bound.buffer, size };
  };

  const uniformOf = (data: ArrayBuffer): GPUBufferBinding => {
    const buffer = memory.uniforms.take(data.byteLength);
    uniforms.push(buffer);
    device.queue.writeBuffer(buffer, 0, data);
    return { buffer, size: data.byteLength };
  };

  try {
    const encoder = device.createCommandEncoder({ label: op.label });
    const encoded = encoder.beginComputePass({ label: op.label });
    for (const { pass, pipeline } of steps) {
      const resources = pass.bindings.map((binding) => resourceOf(binding));
      if (pass.uniforms !== undefined) resources.push(uniformOf(pass.uniforms));
      encoded.setPipeline(pipeline.pipeline);
      encoded.setBindGroup(
        0,
        device.createBindGroup({
          layout: pipeline.layout,
          entries: resources.map((resource, binding) => ({ binding, resource })),
        }),
      );
      encoded.dispatchWorkgroups(...pass.dispatch);
    }
    encoded.end();
    device.queue.submit([encoder.finish()]);
  } finally {
    for (const { buffer } of scratch.values()) memory.storage.give(buffer);
    for (const buffer of uniforms) memory.uniforms.give(buffer);
  }
};
