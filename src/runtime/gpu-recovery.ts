// Sessions that survive the loss of their WebGPU device: built again from the model, the run that failed repeated once, on the
// next provider where WebGPU is gone for good.

import { messageOf, RuntimeError } from '../core/errors.ts';
import type { SharedDevice } from './gpu-shared.ts';
import type { Feeds, Fetches, OrtTensor, RunOptions } from './ort-types.ts';
import { backendName } from './providers.ts';
import type { KernelInfo, RunControl, Runner } from './runner.ts';
import type { SessionParts } from './session.ts';

/** A runner on a WebGPU device. */
export interface DeviceRunner extends Runner {
  readonly shared: SharedDevice;
  /** A run failed inside onnxruntime, whose session is of no use since. */
  readonly isBroken: boolean;
}

/** Builds a session's parts again, within the copy's queue: on the first of its providers that can, or of the others but WebGPU. */
export type Rebuild = (on: 'all' | 'others') => Promise<SessionParts>;

const isOnDevice = (runner: Runner): runner is DeviceRunner => 'shared' in runner;

/** The parts of a session on WebGPU, with a runner that rebuilds them. Other sessions stay as they are. */
export const recoverable = (
  parts: SessionParts,
  where: string,
  rebuildOf: () => Rebuild,
): SessionParts => {
  if (!isOnDevice(parts.runner)) return parts;
  const runner = new RecoveringRunner(parts, where, rebuildOf());
  const { inputs, outputs, queue, feedRules, profiler, duplicates } = parts;
  return {
    inputs,
    outputs,
    queue,
    feedRules,
    profiler,
    duplicates,
    runner,
    get provider() {
      return runner.parts.provider;
    },
    get segments() {
      return runner.parts.segments;
    },
    get interpreted() {
      return runner.parts.interpreted ?? [];
    },
    get profiled() {
      return runner.parts.profiled;
    },
  };
};

/** Runs a session's parts, and replaces them when their device is lost. */
class RecoveringRunner implements Runner {
  readonly #where: string;
  readonly #rebuild: Rebuild;
  #parts: SessionParts;
  #rebuilds = 0;
  #earlierReadbacks = 0;

  constructor(parts: SessionParts, where: string, rebuild: Rebuild) {
    this.#parts = parts;
    this.#where = where;
    this.#rebuild = rebuild;
  }

  get parts(): SessionParts {
    return this.#parts;
  }

  get kernels(): readonly KernelInfo[] {
    return this.#parts.runner.kernels;
  }

  get readbacks(): number {
    return this.#earlierReadbacks + this.#parts.runner.readbacks;
  }

  get rebuilds(): number {
    return this.#rebuilds;
  }

  async run(
    feeds: Feeds,
    fetches: Fetches,
    options: RunOptions,
    control: RunControl | undefined,
  ): Promise<Record<string, OrtTensor>> {
    const attempt = async (): Promise<Record<string, OrtTensor>> => {
      this.#checkBuffers('input', feeds);
      this.#checkBuffers('output', fetches);
      return this.#parts.runner.run(feeds, fetches, options, control);
    };
    if (this.#isLost) await this.#recover('all');
    else if (isOnDevice(this.#parts.runner) && this.#parts.runner.isBroken)
      await this.#replace('all');
    for (const next of ['all', 'others'] as const) {
      try {
        return await attempt();
      } catch (error) {
        if (!this.#isLost) throw error;
      }
      this.#checkBuffers('input', feeds);
      this.#checkBuffers('output', fetches);
      control?.signal?.throwIfAborted();
      await this.#recover(next);
    }
    return attempt();
  }

  release(): Promise<void> {
    return this.#parts.runner.release();
  }

  get #isLost(): boolean {
    const { runner } = this.#parts;
    return isOnDevice(runner) && runner.shared.lost !== undefined;
  }

  async #recover(on: 'all' | 'others'): Promise<void> {
    const { runner } = this.#parts;
    const shared = isOnDevice(runner) ? runner.shared : undefined;
    // A device the caller made is his to make again.
    const { provider } = await this.#replace(shared?.isGiven === true ? 'others' : on);
    this.#rebuilds++;
    const why = shared?.lost?.parts.actual ?? 'unknown reason';
    console.warn(
      `${backendName}: the WebGPU device was lost (${why}); the session of ${this.#where} was built again on ${provider}`,
    );
  }

  async #replace(on: 'all' | 'others'): Promise<SessionParts> {
    const { runner } = this.#parts;
    await runner.release();
    let parts: SessionParts;
    try {
      parts = await this.#rebuild(on);
    } catch (cause) {
      throw new RuntimeError({
        where: 'InferenceSession.run',
        what: 'the session',
        rule: 'could not be built again after its WebGPU device was lost or a run failed inside onnxruntime',
        actual: messageOf(cause),
        hint: 'create the session again, with another provider behind webgpu to fall back to',
        cause,
      });
    }
    this.#earlierReadbacks += runner.readbacks;
    this.#parts = parts;
    return parts;
  }

  /** Refuses tensors in buffers of a device that is lost. */
  #checkBuffers(kind: 'input' | 'output', tensors: Feeds | Fetches): void {
    const { runner } = this.#parts;
    for (const [name, tensor] of Object.entries(tensors)) {
      if (tensor?.location !== 'gpu-buffer') continue;
      if (isOnDevice(runner) && runner.shared.accepts(tensor.gpuBuffer)) continue;
      throw new RuntimeError({
        where: 'InferenceSession.run',
        what: `the tensor of ${kind} "${name}"`,
        rule: 'must be on the CPU, or in a buffer of the WebGPU device that runs the session',
        actual: 'a buffer of a device that was lost, or that this session does not know',
        hint: 'its values are lost with the device: make the tensor again and repeat the run',
      });
    }
  }
}
