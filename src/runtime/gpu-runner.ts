// Runs a model on WebGPU: sessions of onnxruntime and WGSL kernels on one device, tensors staying in GPU buffers between them.
// A kernel whose shader does not cover a node's types runs in JS, with one readback for each input that is on the GPU.

import type { Tensor } from '../core/tensor.ts';
import type { BoundKernel, ByPort } from './bind.ts';
import type { BuiltKernel, BuiltModel, BuiltSegment } from './build.ts';
import { fillFetch, passThrough } from './cpu-runner.ts';
import type { DeviceHold, DeviceUser } from './gpu-device.ts';
import { whyInJs, type OutputLocation } from './gpu-placement.ts';
import { GpuValues } from './gpu-values.ts';
import { callKernel, inputsOf, kernelFailure } from './kernel-call.ts';
import type { Feeds, Fetches, OrtModule, OrtTensor, RunOptions } from './ort-types.ts';
import { fetchesOf, NeededSteps, sessionsOf, type KernelInfo, type Runner } from './runner.ts';
import { fromOrt, toOrt } from './tensors.ts';
import type { GpuTensor } from './webgpu/index.ts';

/** Runs on a WebGPU device. Every call is made within the copy's queue. */
export class GpuRunner implements Runner, DeviceUser {
  readonly kernels: readonly KernelInfo[];
  readonly #ort: OrtModule;
  readonly #model: BuiltModel;
  readonly #hold: DeviceHold;
  readonly #locationOf: OutputLocation;
  readonly #needed: NeededSteps;
  readonly #inJs = new Map<BoundKernel, string>();
  /** Constants of the model that shaders read, uploaded once. */
  readonly #constants = new Map<Tensor, GpuTensor>();
  #readbacks = 0;
  #isReleased = false;

  constructor(ort: OrtModule, model: BuiltModel, hold: DeviceHold, locationOf: OutputLocation) {
    this.#ort = ort;
    this.#model = model;
    this.#hold = hold;
    this.#locationOf = locationOf;
    this.#needed = new NeededSteps(model);
    const kernels: KernelInfo[] = [];
    for (const step of model.steps) {
      if (step.kind === 'segment') continue;
      const { kernel } = step;
      const reason = whyInJs(kernel);
      if (reason !== undefined) this.#inJs.set(kernel, reason);
      if (kernel.interpreted !== undefined) continue;
      const common = { node: kernel.node, op: kernel.op.label };
      kernels.push(
        reason === undefined ? { ...common, form: 'wgsl' } : { ...common, form: 'js', reason },
      );
    }
    this.kernels = kernels;
    hold.shared.users.add(this);
  }

  get readbacks(): number {
    return this.#readbacks;
  }

  run(feeds: Feeds, fetches: Fetches, options: RunOptions): Promise<Record<string, OrtTensor>> {
    return this.#hold.shared.guard(() => this.#run(feeds, fetches, options));
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    const { shared, probe } = this.#hold;
    if (shared.lost === undefined) {
      for (const gpu of this.#constants.values()) shared.executor.release(gpu);
    }
    this.#constants.clear();
    for (const session of sessionsOf(this.#model)) await session.release();
    await probe?.release();
    shared.users.delete(this);
  }

  async #run(
    feeds: Feeds,
    fetches: Fetches,
    options: RunOptions,
  ): Promise<Record<string, OrtTensor>> {
    const values = new GpuValues(this.#ort, this.#hold.shared.executor);
    const { inputNames, outputNames } = this.#model;
    try {
      for (const name of inputNames) values.setOrt(name, feeds[name]!, false);
      const steps = this.#needed.of(Object.keys(fetches));
      for (const step of steps) {
        if (step.kind === 'segment') {
          const wanted = fetchesOf(step, fetches, steps, outputNames);
          await this.#runSegment(step, values, wanted, options);
        } else {
          await this.#runKernel(step, values);
        }
        for (const name of step.dead) values.drop(name);
      }
      const results: Record<string, OrtTensor> = {};
      for (const name in fetches) {
        results[name] = await this.#result(name, values, feeds, fetches[name] ?? null);
      }
      return results;
    } finally {
      this.#readbacks += values.readbacks;
      if (this.#hold.shared.lost === undefined) values.dropAll();
    }
  }

  async #runSegment(
    step: BuiltSegment,
    values: GpuValues,
    wanted: Fetches,
    options: RunOptions,
  ): Promise<void> {
    const inner: Record<string, OrtTensor> = {};
    for (const name of step.reads) inner[name] = values.ort(name);
    const results = await step.session.run(inner, wanted, options);
    for (const name in results) {
      values.setOrt(name, results[name]!, results[name] !== wanted[name]);
    }
  }

  async #runKernel({ kernel, reads }: BuiltKernel, values: GpuValues): Promise<void> {
    if (this.#inJs.has(kernel)) {
      const read = new Map<string, Tensor>();
      for (const name of reads) read.set(name, await values.cpu(name));
      const inputs = inputsOf(kernel, (name) => read.get(name)!);
      await callKernel(kernel, inputs, ({ value }, tensor) => values.setCpu(value, tensor));
      return;
    }
    const { executor } = this.#hold.shared;
    const inputs: Record<string, GpuTensor | readonly GpuTensor[] | undefined> = {};
    for (const { port, variadic, sources } of kernel.inputs) {
      const given = sources.map((source) =>
        'constant' in source ? this.#constant(source.constant) : values.gpu(source.value),
      );
      inputs[port] = variadic ? given : given[0];
    }
    let outputs: ByPort<GpuTensor>;
    try {
      outputs = await executor.run(kernel.op, inputs, kernel.attributes);
    } catch (cause) {
      throw kernelFailure(kernel, cause);
    }
    const used = new Set<GpuTensor>();
    for (const { port, at, value } of kernel.outputs) {
      const found = outputs[port];
      const gpu = (at === undefined ? found : (found as readonly GpuTensor[])[at]) as GpuTensor;
      used.add(gpu);
      values.setGpu(value, gpu);
    }
    for (const gpu of Object.values(outputs).flat()) {
      if (gpu !== undefined && !used.has(gpu)) executor.release(gpu);
    }
  }

  #constant(tensor: Tensor): GpuTensor {
    const known = this.#constants.get(tensor);
    if (known !== undefined) return known;
    const gpu = this.#hold.shared.executor.upload(tensor);
    this.#constants.set(tensor, gpu);
    return gpu;
  }

  async #result(
    name: string,
    values: GpuValues,
    feeds: Feeds,
    given: OrtTensor | null,
  ): Promise<OrtTensor> {
    if (feeds[name] !== undefined || !values.has(name)) {
      const tensor = passThrough(this.#model, name, feeds);
      return given === null ? toOrt(this.#ort, tensor) : fillFetch(given, tensor, name);
    }
    if (given === null) return values.result(name, this.#locationOf(name));
    const result = await values.result(name, given.location === 'cpu' ? 'cpu' : 'gpu-buffer');
    if (result === given) return given;
    return fillFetch(given, fromOrt(result, `output "${name}"`), name);
  }
}
