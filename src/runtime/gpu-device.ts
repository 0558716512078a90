// The WebGPU devices of one copy of onnxruntime: obtained from its sessions, shared with our kernels, watched for loss.

import { RuntimeError } from '../core/errors.ts';
import { onnx } from '../onnx/proto.ts';
import { createInner, ProviderFailure, type InnerSession } from './build.ts';
import type { OrtModule, ProviderConfig } from './ort-types.ts';
import { WebGpuExecutor } from './webgpu/index.ts';

/** Whoever runs on a device: told when it is lost, so that nothing waits for it, and released before a new one is made. */
export interface DeviceUser {
  /** Releases what it has of onnxruntime. May be called again. */
  release(): Promise<void>;
}

/** How long a run may take to end after its device was lost. */
const settleTimeMs = 5000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A device and what runs on it. */
export class SharedDevice {
  readonly device: GPUDevice;
  readonly executor: WebGpuExecutor;
  readonly users = new Set<DeviceUser>();
  readonly #waiting = new Set<() => void>();
  #lost: RuntimeError | undefined;
  #isStuck = false;

  constructor(device: GPUDevice) {
    this.device = device;
    this.executor = new WebGpuExecutor(device);
    void this.#watch();
  }

  /** Why nothing can run any more, or undefined. */
  get lost(): RuntimeError | undefined {
    return this.#lost;
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

  /** Whether onnxruntime never ended a run on the lost device: nothing can be done with this copy's WebGPU any more. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** Does work on the device; rejects when the device is lost, where onnxruntime may wait for ever. What still runs then is
   * waited for, up to a limit: onnxruntime does not survive calls beside it.
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
    } catch (error) {
      // A run fails of the loss a moment before the loss is told.
      await pause(0);
      throw this.#lost ?? error;
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
}

/** One Identity node: a session of it makes onnxruntime create its device, and keeps the device alive. */
const probeModel = (): Uint8Array => {
  const type = { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }] } } };
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'device',
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
      input: [{ name: 'x', type }],
      output: [{ name: 'y', type }],
    },
  }).finish();
};

const isDevice = (value: unknown): value is GPUDevice =>
  typeof value === 'object' && value !== null && 'createComputePipeline' in value;

/** A hold on a device: while `probe` lives, onnxruntime keeps the device. */
export interface DeviceHold {
  readonly shared: SharedDevice;
  readonly probe: InnerSession | undefined;
}

const olderProvider =
  "this bundle's WebGPU provider is the older one (JSEP); import onnxruntime-web/webgpu for WebGPU kernels";

/** The devices of a copy of onnxruntime. Every call is made within the copy's queue. */
export class CopyDevices {
  readonly #ort: OrtModule;
  readonly #shared = new Map<GPUDevice, SharedDevice>();
  #current: SharedDevice | undefined;
  #isNative = false;
  #isOlder = false;
  #isStuck = false;

  constructor(ort: OrtModule) {
    this.#ort = ort;
  }

  /** Whether the older WebGPU provider was started: it refuses overlapping runs, those in WebAssembly too. */
  get isOlder(): boolean {
    return this.#isOlder;
  }

  /** The device sessions of this provider will run on.
   * @param needsProbe - No session of the model's own will keep the device alive.
   * @throws {ProviderFailure} No WebGPU here, or this copy has no WebGPU provider whose device can be shared. */
  async open(provider: ProviderConfig, needsProbe: boolean): Promise<DeviceHold> {
    if (globalThis.navigator?.gpu === undefined) {
      throw new ProviderFailure('this environment has no WebGPU (navigator.gpu)');
    }
    if (this.#isOlder) throw new ProviderFailure(olderProvider);
    await this.#releaseLost();
    if (this.#isStuck) {
      throw new ProviderFailure('a run on a lost device never ended; reload the page for WebGPU');
    }
    const given =
      typeof provider === 'object' && 'device' in provider ? provider.device : undefined;
    const isAlive = this.#current !== undefined && this.#current.users.size > 0;
    if (this.#isNative && !needsProbe && (isAlive || isDevice(given))) {
      const shared = isDevice(given) ? this.#share(given) : this.#current;
      if (shared !== undefined) return { shared, probe: undefined };
    }
    const probe = await createInner(this.#ort, probeModel(), provider, {});
    try {
      const device: unknown = isDevice(given) ? given : await this.#ort.env.webgpu.device;
      if (!isDevice(device)) throw new ProviderFailure('onnxruntime shows no GPUDevice');
      this.#checkNative();
      const shared = this.#share(device);
      if (!isDevice(given)) this.#current = shared;
      return { shared, probe };
    } catch (error) {
      await probe.release();
      throw error;
    }
  }

  #share(device: GPUDevice): SharedDevice {
    const known = this.#shared.get(device);
    if (known !== undefined) return known;
    const shared = new SharedDevice(device);
    this.#shared.set(device, shared);
    return shared;
  }

  /** Finds out which WebGPU provider this copy has, once it was started.
   *
   * The older one (JSEP, in the default bundle) fixes `env.webgpu.device`; it never recovers from a lost device and
   * is about to be removed from onnxruntime. */
  observe(): void {
    const property = Object.getOwnPropertyDescriptor(this.#ort.env.webgpu, 'device');
    if (property === undefined) return;
    this.#isOlder = property.writable === false;
    this.#isNative = !this.#isOlder;
  }

  #checkNative(): void {
    this.observe();
    if (this.#isNative) return;
    throw new ProviderFailure(olderProvider);
  }

  /** Releases every session of devices that are lost, without which onnxruntime makes no new device. */
  async #releaseLost(): Promise<void> {
    for (const [device, shared] of this.#shared) {
      if (shared.lost === undefined) continue;
      this.#isStuck ||= shared.isStuck;
      if (!shared.isStuck) for (const user of shared.users) await user.release();
      shared.executor.dispose();
      this.#shared.delete(device);
      if (this.#current === shared) this.#current = undefined;
    }
  }
}
