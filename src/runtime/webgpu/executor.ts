// Runs the WGSL form of any operator on a GPUDevice: its own, or the one of onnxruntime.

import {
  DTypeError,
  isMissing,
  messageOf,
  RuntimeError,
  type AttributeValue,
  type InputsOf,
  type OpDefinition,
  type OpSchema,
  type Tensor,
  type TensorMeta,
} from '../../schema/index.ts';
import { BufferPool, type PoolStatistics } from './buffers.ts';
import { bufferUsage, scoped, shaderDeviceOf } from './device.ts';
import { checkBindingSize, checkPass, dispatch, isIdle } from './dispatch.ts';
import { flattenPorts, mapPorts, type GpuTensor, type Ports } from './gpu-tensor.ts';
import { pipelineOf } from './pipelines.ts';
import { checkStorageType, copyBytes, dataBytesOf, paddedBytes } from './storage.ts';
import { whyNoShader } from './support.ts';
import { download, upload } from './transfer.ts';

const where = 'WebGpuExecutor';

const refused = (op: OpDefinition, message: string): RuntimeError =>
  new RuntimeError({
    where: op.label,
    what: 'the work of its shader',
    rule: 'was refused by the device',
    actual: message,
  });

/** Dispatches operators' shaders on one device, with pooled buffers and kept pipelines.
 *
 * `run` resolves when the work is submitted, not when it is done: later work on the device's queue sees the results.
 * Errors of the device are never dropped. `run` waits for them while anything of the run is new (a pipeline not yet
 * used, a buffer just created); once nothing is, it does not wait, and an error then comes out of the next `run` or
 * `download`. */
export class WebGpuExecutor {
  readonly device: GPUDevice;
  readonly #shaderDevice: ReturnType<typeof shaderDeviceOf>;
  readonly #storage: BufferPool;
  readonly #uniforms: BufferPool;
  readonly #staging: BufferPool;
  readonly #pending = new Set<Promise<void>>();
  #failure: RuntimeError | undefined;
  #lost: string | undefined;
  #disposed = false;

  constructor(device: GPUDevice) {
    this.device = device;
    this.#shaderDevice = shaderDeviceOf(device);
    const { storage, copySrc, copyDst, uniform, mapRead } = bufferUsage;
    this.#storage = new BufferPool(device, storage | copySrc | copyDst, 'sharmix tensor');
    this.#uniforms = new BufferPool(device, uniform | copyDst, 'sharmix uniforms');
    this.#staging = new BufferPool(device, mapRead | copyDst, 'sharmix download');
    void this.#noteLoss();
  }

  /** Storage buffers created, in use and free. */
  get statistics(): PoolStatistics {
    return this.#storage.statistics;
  }

  /** Computes an operator's outputs. The inputs stay as they are; the outputs are the caller's to release.
   * @param inputs - By port name, on this executor's device.
   * @param attributes - Defaults filled in.
   * @throws {DTypeError} (rejects) The shader is missing or does not cover an input's element type; see `whyNoShader`.
   *   {RuntimeError} The WGSL does not compile, the device refuses the work, is lost, or has too small limits.
   *   Whatever the operator's plan throws: RangeError for a value known on the CPU and out of its domain, ShapeError. */
  async run(
    op: OpDefinition,
    inputs: Ports<GpuTensor>,
    attributes: Readonly<Record<string, AttributeValue>>,
  ): Promise<Ports<GpuTensor>> {
    this.#checkUsable(op.label);
    const { shader } = op;
    const why = whyNoShader(op, inputs);
    if (why !== undefined || isMissing(shader)) {
      const hint = 'run the JS kernel on it';
      throw new DTypeError({ where: op.label, what: 'the shader', rule: why ?? '', hint });
    }
    // A definition's port types are erased: an optional or variadic port's value is what its plan expects.
    const metas = mapPorts<GpuTensor, TensorMeta>(inputs, ({ dtype, dims, data }) =>
      data === undefined ? { dtype, dims } : { dtype, dims, data },
    ) as InputsOf<OpSchema, TensorMeta>;
    const plan = shader.plan(metas, attributes, this.#shaderDevice);
    const outputMetas: Ports<TensorMeta> = plan.outputs;
    const passes = plan.passes.filter((pass) => !isIdle(pass));
    for (const pass of plan.passes) checkPass(op, pass, this.#shaderDevice);
    for (const binding of passes.flatMap(({ bindings }) => bindings)) {
      if (!('scratch' in binding)) continue;
      const name = `scratch memory (${binding.scratch})`;
      checkBindingSize(op, name, paddedBytes(binding.sizeBytes), this.#shaderDevice);
    }
    const flatInputs = flattenPorts(inputs);
    for (const [name, value] of [...flatInputs, ...flattenPorts(outputMetas)]) {
      checkStorageType(op.label, name, value.dtype);
      const bytes = paddedBytes(dataBytesOf(value));
      checkBindingSize(op, name, bytes, this.#shaderDevice);
    }
    const steps = await Promise.all(
      passes.map(async (pass) => ({ pass, pipeline: await pipelineOf(this.device, op, pass) })),
    );
    this.#checkUsable(op.label);

    const created = this.#created;
    const outputs = new Map<string, GpuTensor>();
    try {
      const { value, error } = scoped(this.device, () => {
        const allocated = mapPorts(outputMetas, ({ dtype, dims }, name): GpuTensor => {
          const buffer = this.#storage.take(paddedBytes(dataBytesOf({ dtype, dims })));
          const output = { dtype, dims, buffer };
          outputs.set(name, output);
          return output;
        });
        const memory = { inputs: flatInputs, outputs, storage: this.#storage };
        if (steps.length > 0) {
          dispatch(this.device, op, steps, { ...memory, uniforms: this.#uniforms });
        }
        return allocated;
      });
      const isNew = this.#created > created || steps.some(({ pipeline }) => !pipeline.proven);
      if (isNew) {
        const message = await error;
        this.#checkUsable(op.label);
        if (message !== undefined) throw refused(op, message);
        for (const { pipeline } of steps) pipeline.proven = true;
      } else {
        const noted = this.#noteRefusal(op, error).finally(() => this.#pending.delete(noted));
        this.#pending.add(noted);
      }
      return value;
    } catch (error) {
      for (const { buffer } of outputs.values()) this.#storage.discard(buffer);
      throw error;
    }
  }

  /** Copies a tensor to the device. Small ones keep their values on the CPU too (`GpuTensor.data`).
   * @throws {DTypeError} An element type without a representation in GPU buffers: float64, strings, ... */
  upload(tensor: Tensor): GpuTensor {
    this.#checkUsable(where);
    return upload(this.device, this.#storage, tensor);
  }

  /** Copies a tensor of this device to the CPU, whoever made its buffer (usage COPY_SRC).
   * @throws {RuntimeError} (rejects) The device is lost, or refused work submitted before. */
  async download(gpu: GpuTensor): Promise<Tensor> {
    this.#checkUsable(where);
    let result: Tensor;
    try {
      const { value, error } = scoped(this.device, () => download(this.device, this.#staging, gpu));
      const [tensor, message] = await Promise.all([value, error]);
      await Promise.all(this.#pending);
      if (message !== undefined) throw new Error(message);
      result = tensor;
    } catch (error) {
      await Promise.all(this.#pending);
      this.#checkUsable(where);
      if (error instanceof DTypeError) throw error;
      throw new RuntimeError({
        where,
        what: 'download',
        rule: 'must be able to read the buffer',
        actual: messageOf(error),
        cause: error,
      });
    }
    this.#checkUsable(where);
    return result;
  }

  /** A copy of a tensor of this device, the caller's to release. */
  copy(gpu: GpuTensor): GpuTensor {
    this.#checkUsable(where);
    const { dtype, dims } = gpu;
    const buffer = this.#storage.take(paddedBytes(dataBytesOf(gpu)));
    this.copyInto(gpu, buffer);
    return { dtype, dims, buffer };
  }

  /** Copies a tensor of this device into a buffer of this device.
   * @throws {RuntimeError} The buffer is too small, or lacks the usage COPY_DST. */
  copyInto(gpu: GpuTensor, target: GPUBuffer): void {
    this.#checkUsable(where);
    const bytes = copyBytes(dataBytesOf(gpu));
    if ((target.usage & bufferUsage.copyDst) === 0 || target.size < bytes) {
      throw new RuntimeError({
        where,
        what: 'the buffer to fill',
        rule: `must have at least ${bytes} bytes and the usage COPY_DST`,
        actual: `${target.size} bytes, usage ${target.usage}`,
      });
    }
    const encoder = this.device.createCommandEncoder({ label: 'copy' });
    encoder.copyBufferToBuffer(gpu.buffer, 0, target, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
  }

  /** Gives the buffer of an upload or an output back for reuse.
   * @throws {RuntimeError} It is not this executor's, or was released before. */
  release(gpu: GpuTensor): void {
    if (this.#disposed) return;
    this.#storage.give(gpu.buffer);
  }

  /** Whether the tensor's buffer is this executor's, to be released with {@link release}. */
  owns(gpu: GpuTensor): boolean {
    return this.#storage.owns(gpu.buffer);
  }

  /** Destroys the buffers that wait to be used again. */
  trim(): void {
    for (const pool of [this.#storage, this.#uniforms, this.#staging]) pool.trim();
  }

  /** Destroys every buffer the executor made. Pipelines stay with the device. */
  dispose(): void {
    this.#disposed = true;
    for (const pool of [this.#storage, this.#uniforms, this.#staging]) pool.dispose();
  }

  get #created(): number {
    return this.#storage.statistics.created + this.#uniforms.statistics.created;
  }

  async #noteLoss(): Promise<void> {
    const { message, reason } = await this.device.lost;
    this.#lost = message === '' ? reason : message;
  }

  /** Keeps the error of a run that did not wait for it. */
  async #noteRefusal(op: OpDefinition, error: Promise<string | undefined>): Promise<void> {
    const message = await error;
    if (message !== undefined) this.#failure ??= refused(op, message);
  }

  /** Throws what went wrong since the last call, once. */
  #checkUsable(label: string): void {
    if (this.#lost !== undefined) {
      throw new RuntimeError({
        where: label,
        what: 'the GPU device',
        rule: 'was lost',
        actual: this.#lost,
        hint: 'create a new device (with onnxruntime: release its sessions, then create them again)',
      });
    }
    if (this.#disposed) {
      const rule = 'was used after dispose';
      throw new RuntimeError({ where: label, what: 'the executor', rule });
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }
}
