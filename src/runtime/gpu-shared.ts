// One WebGPU device that onnxruntime and our kernels share: who runs on it, whether it is lost, which buffers are its own.

import { RuntimeError } from '../core/errors.ts';
import { bufferUsage, mapModeRead, WebGpuExecutor } from './webgpu/index.ts';

/** Whoever runs on a device: released when the device is lost, without which onnxruntime makes no new one. */
export interface DeviceUser {
  /** Releases what it has of onnxruntime. May be called again. */
  release(): Promise<void>;
}

/** How long a call of onnxruntime may take to end after its device was lost. */
const settleTimeMs = 5000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How a device came to be. */
export interface DeviceOrigin {
  /** The caller made it, and gave it in the provider's options. */
  readonly isGiven: boolean;
  /** Another device was there before: buffers of that one must not be used here. */
  readonly isLater: boolean;
}

/** A device and what runs on it. */
export class SharedDevice {
  readonly device: GPUDevice;
  readonly executor: WebGpuExecutor;
  readonly users = new Set<DeviceUser>();
  readonly isGiven: boolean;
  /** The device's own buffers, where an earlier device was lost. */
  readonly #own: WeakSet<GPUBuffer> | undefined;
  readonly #waiting = new Set<() => void>();
  #lost: RuntimeError | undefined;
  #isStuck = false;

  constructor(device: GPUDevice, { isGiven, isLater }: DeviceOrigin) {
    this.device = device;
    this.isGiven = isGiven;
    if (isLater && !isGiven) this.#own = noteBuffers(device);
    this.executor = new WebGpuExecutor(device);
    void this.#watch();
  }

  /** Why nothing can run any more, or undefined. */
  get lost(): RuntimeError | undefined {
    return this.#lost;
  }

  /** Whether onnxruntime never ended a call on the lost device: nothing can be done with this copy's WebGPU any more. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** Notes that onnxruntime made a buffer on this device. */
  note(buffer: GPUBuffer): void {
    this.#own?.add(buffer);
  }

  /** Whether a buffer may be used here. One that a dead device left behind may not even be looked at by WebGPU: where the GPU
   * process was replaced, Chromium's page hangs. So only buffers that are known are let through once a device was lost. */
  accepts(buffer: GPUBuffer): boolean {
    return this.#lost === undefined && this.#own?.has(buffer) !== false;
  }

  /** Makes one call of onnxruntime; rejects when the device is lost, where onnxruntime may wait for ever. What still runs then
   * is waited for, up to a limit: onnxruntime does not survive calls beside it.
   * @throws {RuntimeError} The device is lost. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost;
    const running = work();
    let waiting: (() => void) | undefined;
    const lost = new Promise<'lost'>((resolve) => {
      waiting = () => resolve('lost');
      this.#waiting.add(waiting);
    });
    try {
      const first = await Promise.race([running.then((value) => ({ value })), lost]);
      if (first !== 'lost') return first.value;
    } finally {
      if (waiting !== undefined) this.#waiting.delete(waiting);
    }
    const ended = running.then(
      () => true,
      () => true,
    );
    this.#isStuck = !(await Promise.race([ended, pause(settleTimeMs).then(() => false)]));
    throw this.#lost ?? new TypeError('unreachable: lost without a reason');
  }

  /** Why work on the device failed: of the loss, if it is lost. Work fails a moment before the loss is told, so the device is
   * asked. */
  async reasonOf(failure: unknown): Promise<unknown> {
    if (this.#lost !== undefined) return this.#lost;
    if (!(await this.#answers())) await Promise.race([this.device.lost, pause(settleTimeMs)]);
    // A turn of the event loop: whoever else waits for `lost` has been told then.
    await pause(0);
    return this.#lost ?? failure;
  }

  /** Whether the device still does work. */
  async #answers(): Promise<boolean> {
    const probe = this.device.createBuffer({ size: 4, usage: bufferUsage.mapRead });
    const mapped = probe.mapAsync(mapModeRead).then(
      () => true,
      () => false,
    );
    const answers = await Promise.race([mapped, this.device.lost.then(() => false)]);
    probe.destroy();
    return answers;
  }

  async #watch(): Promise<void> {
    const { message, reason } = await this.device.lost;
    this.#lost = new RuntimeError({
      where: 'InferenceSession.run',
      what: 'the WebGPU device',
      rule: 'was lost',
      actual: message === '' ? reason : message,
      hint: 'create the session again: it gets a new device',
    });
    for (const tell of this.#waiting) tell();
    this.#waiting.clear();
  }
}

/** Collects the buffers a device makes from now on. */
const noteBuffers = (device: GPUDevice): WeakSet<GPUBuffer> => {
  const own = new WeakSet<GPUBuffer>();
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    own.add(buffer);
    return buffer;
  };
  return own;
};
