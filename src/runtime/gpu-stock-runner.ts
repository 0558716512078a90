// A session of onnxruntime on WebGPU that gets a whole model: its calls are made one at a time, and never on a lost device.

import type { InnerSession } from './build.ts';
import type { DeviceRunner } from './gpu-recovery.ts';
import type { DeviceUser, SharedDevice } from './gpu-shared.ts';
import type { Feeds, Fetches, OrtTensor, RunOptions } from './ort-types.ts';
import type { RunControl } from './runner.ts';
import { StockRunner } from './stock-runner.ts';

/** Hands every call on to one session, within the copy's queue. */
export class GpuStockRunner extends StockRunner implements DeviceRunner, DeviceUser {
  readonly shared: SharedDevice;
  #isBroken = false;
  #isReleased = false;

  constructor(session: InnerSession, shared: SharedDevice) {
    super(session);
    this.shared = shared;
    shared.users.add(this);
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  override async run(
    feeds: Feeds,
    fetches: Fetches,
    options: RunOptions,
    control: RunControl | undefined,
  ): Promise<Record<string, OrtTensor>> {
    control?.signal?.throwIfAborted();
    let results: Record<string, OrtTensor>;
    try {
      results = await this.shared.guard(() => super.run(feeds, fetches, options, undefined));
    } catch (error) {
      this.#isBroken = true;
      throw await this.shared.reasonOf(error);
    }
    for (const tensor of Object.values(results)) {
      if (tensor.location === 'gpu-buffer') this.shared.note(tensor.gpuBuffer);
    }
    control?.signal?.throwIfAborted();
    return results;
  }

  override async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.shared.users.delete(this);
    if (!this.shared.isStuck) await super.release();
  }
}
