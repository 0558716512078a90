// The WebGPU devices of one copy of onnxruntime: obtained from its sessions, shared with our kernels, replaced after a loss.

import { createInner, ProviderFailure, type InnerSession } from './build.ts';
import { SharedDevice } from './gpu-shared.ts';
import type { OrtModule, ProviderConfig } from './ort-types.ts';
import { probeModel } from './probe-model.ts';

const isDevice = (value: unknown): value is GPUDevice =>
  typeof value === 'object' && value !== null && 'createComputePipeline' in value;

/** The device a provider's options bring along. */
const givenDevice = (provider: ProviderConfig): GPUDevice | undefined => {
  const given = typeof provider === 'object' && 'device' in provider ? provider.device : undefined;
  return isDevice(given) ? given : undefined;
};

/** A device as onnxruntime makes its own: all the adapter has. */
const makeDevice = async (): Promise<GPUDevice> => {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null)
    throw new ProviderFailure('this environment has no WebGPU adapter any more');
  const limits: Record<string, number> = {};
  // The adapter's limits are properties of their prototype.
  for (const name in adapter.limits) {
    const value: unknown = Reflect.get(adapter.limits, name);
    if (typeof value === 'number') limits[name] = value;
  }
  return adapter.requestDevice({
    requiredFeatures: [...adapter.features] as GPUFeatureName[],
    requiredLimits: limits,
  });
};

/** A hold on a device: while `probe` lives, onnxruntime keeps the device. */
export interface DeviceHold {
  readonly shared: SharedDevice;
  /** What sessions on the device are created with. */
  readonly provider: ProviderConfig;
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
  #hadLoss = false;
  readonly #dead = new WeakSet<GPUDevice>();
  /** A device of our own making, where onnxruntime holds on to a dead one. */
  #replacement: GPUDevice | undefined;

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
    await this.#prepare();
    if (this.#isOlder) throw new ProviderFailure(olderProvider);
    return this.#open(this.#withReplacement(provider), needsProbe);
  }

  /** What a session on WebGPU is to be created with, after the sessions of lost devices were released.
   * @throws {ProviderFailure} No WebGPU here, or none any more. */
  async providerFor(provider: ProviderConfig): Promise<ProviderConfig> {
    await this.#prepare();
    if (!this.#hadLoss || this.#isOlder) return provider;
    const { provider: own, probe } = await this.open(provider, true);
    await probe?.release();
    return own;
  }

  async #open(provider: ProviderConfig, needsProbe: boolean): Promise<DeviceHold> {
    const given = givenDevice(provider);
    const isAlive = this.#current !== undefined && this.#current.users.size > 0;
    if (this.#isNative && !needsProbe && (isAlive || given !== undefined)) {
      const shared = given === undefined ? this.#current : this.#share(given);
      if (shared !== undefined) return { shared, provider, probe: undefined };
    }
    const probe = await this.#createProbe(provider);
    if (probe === undefined) {
      this.#replacement = await makeDevice();
      return this.#open(this.#withReplacement(provider), true);
    }
    try {
      const shared = await this.deviceOf(provider);
      if (this.#isOlder) throw new ProviderFailure(olderProvider);
      if (shared === undefined) throw new ProviderFailure('onnxruntime shows no GPUDevice');
      return { shared, provider, probe };
    } catch (error) {
      await probe.release();
      throw error;
    }
  }

  /** A session that keeps the device; undefined where onnxruntime still has a device that is dead. It does where creating a
   * session failed before: that holds the device for good. */
  async #createProbe(provider: ProviderConfig): Promise<InnerSession | undefined> {
    const isOwn = givenDevice(provider) === undefined;
    let probe: InnerSession;
    try {
      probe = await createInner(this.#ort, probeModel(), provider, {});
    } catch (error) {
      if (isOwn && this.#hadLoss) return undefined;
      throw error;
    }
    const device: unknown = await this.#ort.env.webgpu.device;
    if (!isOwn || !isDevice(device) || !this.#dead.has(device)) return probe;
    await probe.release();
    return undefined;
  }

  #withReplacement(provider: ProviderConfig): ProviderConfig {
    if (this.#replacement === undefined || givenDevice(provider) !== undefined) return provider;
    const options = typeof provider === 'object' ? provider : {};
    return { ...options, name: 'webgpu', device: this.#replacement };
  }

  /** Releases every session of devices that are lost, without which onnxruntime makes no new device. */
  async #prepare(): Promise<void> {
    if (globalThis.navigator?.gpu === undefined) {
      throw new ProviderFailure('this environment has no WebGPU (navigator.gpu)');
    }
    for (const [device, shared] of this.#shared) {
      if (shared.lost === undefined) continue;
      this.#hadLoss = true;
      this.#isStuck ||= shared.isStuck;
      if (!shared.isStuck) for (const user of shared.users) await user.release();
      shared.executor.dispose();
      this.#dead.add(device);
      if (this.#replacement === device) this.#replacement = undefined;
      this.#shared.delete(device);
      if (this.#current === shared) this.#current = undefined;
    }
    if (this.#isStuck) {
      throw new ProviderFailure('a run on a lost device never ended; reload the page for WebGPU');
    }
  }

  /** The device that sessions of this provider run on, once there is one; undefined where onnxruntime shows none.
   *
   * The older provider (JSEP, in the default bundle) fixes `env.webgpu.device`; it never recovers from a lost device and is
   * about to be removed from onnxruntime. */
  async deviceOf(provider: ProviderConfig): Promise<SharedDevice | undefined> {
    const property = Object.getOwnPropertyDescriptor(this.#ort.env.webgpu, 'device');
    if (property !== undefined) {
      this.#isOlder = property.writable === false;
      this.#isNative = !this.#isOlder;
    }
    if (this.#isOlder) return undefined;
    const given = givenDevice(provider);
    if (given !== undefined) return this.#share(given);
    const device: unknown = await this.#ort.env.webgpu.device;
    if (!isDevice(device)) return undefined;
    this.#current = this.#share(device);
    return this.#current;
  }

  #share(device: GPUDevice): SharedDevice {
    const known = this.#shared.get(device);
    if (known !== undefined) return known;
    const current: unknown = this.#ort.env.webgpu.device;
    const isGiven = device !== this.#replacement && device !== current;
    const shared = new SharedDevice(device, { isGiven, isLater: this.#hadLoss });
    this.#shared.set(device, shared);
    return shared;
  }
}
