// Runs a model on WebGPU: sessions of onnxruntime and WGSL kernels on one device, tensors staying in GPU buffers between them.
// A kernel whose shader does not cover a node's types runs in JS, with one readback for each input that is on the GPU.

import type { Tensor } from '../core/tensor.ts';
import type { BoundKernel, ByPort } from './bind.ts';
import type { BuiltKernel, BuiltModel, BuiltSegment } from './build.ts';
import type { DeviceHold } from './gpu-device.ts';
import { whyInJs, type OutputLocation } from './gpu-placement.ts';
import { resultsOf } from './gpu-results.ts';
import type { DeviceUser, SharedDevice } from './gpu-shared.ts';
import { GpuValues } from './gpu-values.ts';
import { callKernel, inputsOf, kernelFailure } from './kernel-call.ts';
import type { Feeds, Fetches, OrtModule, OrtTensor, RunOptions } from './ort-types.ts';
import type { TaskQueue } from './queue.ts';
import {
  fetchesOf,
  NeededSteps,
  sessionsOf,
  type KernelInfo,
  type RunControl,
  type Runner,
} from './runner.ts';
import type { GpuTensor } from './webgpu/index.ts';

/** What a runner on WebGPU works with. */
export interface GpuSurroundings {
  readonly ort: OrtModule;
  readonly hold: DeviceHold;
  /** The copy's queue, within which every call is made. */
  readonly queue: TaskQueue;
  readonly locationOf: OutputLocation;
}

/** Runs on a WebGPU device. */
export class GpuRunner implements Runner, DeviceUser {
  readonly kernels: readonly KernelInfo[];
  readonly #ort: OrtModule;
  readonly #model: BuiltModel;
  readonly #hold: DeviceHold;
  readonly #queue: TaskQueue;
  readonly #locationOf: OutputLocation;
  readonly #needed: NeededSteps;
  readonly #inJs = new Map<BoundKernel, string>();
  /** Constants of the model that shaders read, uploaded once. */
  readonly #constants = new Map<Tensor, GpuTensor>();
  #readbacks = 0;
  #isReleased = false;
  #isBroken = false;

  constructor(model: BuiltModel, { ort, hold, queue, locationOf }: GpuSurroundings) {
    this.#ort = ort;
    this.#model = model;
    this.#hold = hold;
    this.#queue = queue;
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

  get shared(): SharedDevice {
    return this.#hold.shared;
  }

  /** Whether a session of onnxruntime failed in a run: it would give the next run the inputs it has bound for this one. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  async run(
    feeds: Feeds,
    fetches: Fetches,
    options: RunOptions,
    control: RunControl | undefined,
  ): Promise<Record<string, OrtTensor>> {
    const { shared } = this;
    const values = new GpuValues(this.#ort, shared);
    try {
      for (const name of this.#model.inputNames) values.setOrt(name, feeds[name]!, 'caller');
      await this.#runSteps(values, fetches, options, control?.signal);
      return await resultsOf(values, fetches, this.#locationOf);
    } catch (error) {
      throw await shared.reasonOf(error);
    } finally {
      this.#readbacks += values.readbacks;
      if (!shared.isStuck) values.dropAll();
    }
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    const { shared, probe } = this.#hold;
    for (const gpu of this.#constants.values()) shared.executor.release(gpu);
    this.#constants.clear();
    shared.users.delete(this);
    if (shared.isStuck) return;
    for (const session of sessionsOf(this.#model)) await session.release();
    await probe?.release();
    shared.executor.trim();
  }

  async #runSteps(
    values: GpuValues,
    fetches: Fetches,
    options: RunOptions,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { outputNames, constantOutputs } = this.#model;
    const steps = this.#needed.of(Object.keys(fetches));
    for (const step of steps) {
      signal?.throwIfAborted();
      if (step.kind === 'segment') {
        const wanted = fetchesOf(step, fetches, steps, outputNames);
        await this.#runSegment(step, values, wanted, options);
      } else {
        await this.#runKernel(step, values);
      }
      for (const name of step.dead) values.drop(name);
    }
    signal?.throwIfAborted();
    for (const [name, constant] of constantOutputs) {
      values.setCpu(name, { ...constant, data: constant.data.slice() } as Tensor);
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
    const results = await this.shared
      .guard(() => step.session.run(inner, wanted, options))
      .catch((error: unknown) => {
        this.#isBroken = true;
        throw error;
      });
    for (const name in results) {
      const made = results[name]!;
      values.setOrt(name, made, made === wanted[name] ? 'caller' : 'run');
    }
  }

  async #runKernel({ kernel, reads }: BuiltKernel, values: GpuValues): Promise<void> {
    if (this.#inJs.has(kernel)) {
      const read = new Map<string, Tensor>();
      for (const name of reads) read.set(name, await values.cpu(name));
      const inputs = inputsOf(kernel, (name) => read.get(name)!);
      const done = callKernel(kernel, inputs, ({ value }, tensor) => values.setCpu(value, tensor));
      if (done === undefined) return;
      // Others of the copy may run meanwhile (sessions the kernel itself calls, for one), unless its work is onnxruntime's.
      if (kernel.interpreted === undefined) await this.#queue.yieldTo(done);
      else await this.shared.guard(() => done);
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
}
