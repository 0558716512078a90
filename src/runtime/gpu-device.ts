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

/** A device and what runs on it. */
export class SharedDevice {
  readonly device: GPUDevice;
  readonly executor: WebGpuExecutor;
  readonly users = new Set<DeviceUser>();
  readonly #waiting = new Set<(error: RuntimeError) => void>();
  #lost: RuntimeError | undefined;

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
    for (const reject of this.#waiting) reject(this.#lost);
    this.#waiting.clear();
  }

  /** Does work on the device; rejects when the device is lost, where onnxruntime would wait for ever.
   * @throws {RuntimeError} The device is lost. */
  guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      work()
        .then(resolve, (error: unknown) => reject(this.#lost ?? error))
        .finally(() => this.#waiting.delete(reject));
    });
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

/** The devices of a copy of onnxruntime. Every call is made within the copy's queue. */
export class CopyDevices {
  readonly #ort: OrtModule;
  readonly #shared = new Map<GPUDevice, SharedDevice>();
  #current: SharedDevice | undefined;
  #isNative = false;

  constructor(ort: OrtModule) {
    this.#ort = ort;
  }

  /** The device sessions of this provider will run on.
   * @param needsProbe - No session of the model's own will keep the device alive.
   * @throws {ProviderFailure} No WebGPU here, or this copy has no WebGPU provider whose device can be shared. */
  async open(provider: ProviderConfig, needsProbe: boolean): Promise<DeviceHold> {
    if (globalThis.navigator?.gpu === undefined) {
      throw new ProviderFailure('this environment has no WebGPU (navigator.gpu)');
    }
    await this.#releaseLost();
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

  /** The older WebGPU provider (JSEP, in the default bundle) fixes `env.webgpu.device`; it never recovers from a lost device and
   * is about to be removed from onnxruntime. */
  #checkNative(): void {
    const property = Object.getOwnPropertyDescriptor(this.#ort.env.webgpu, 'device');
    this.#isNative = property?.writable !== false;
    if (this.#isNative) return;
    throw new ProviderFailure(
      "this bundle's WebGPU provider is the older one (JSEP); import onnxruntime-web/webgpu for WebGPU kernels",
    );
  }

  /** Releases every session of devices that are lost, without which onnxruntime makes no new device. */
  async #releaseLost(): Promise<void> {
    for (const [device, shared] of this.#shared) {
      if (shared.lost === undefined) continue;
      for (const user of shared.users) await user.release();
      shared.executor.dispose();
      this.#shared.delete(device);
      if (this.#current === shared) this.#current = undefined;
    }
  }
}
