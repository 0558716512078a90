// A session of onnxruntime-node that runs in a pool of workers: what the user holds.

import { RuntimeError } from '../../core/errors.ts';
import type { OpRegistry } from '../../schema/registry.ts';
import {
  isNodeCopy,
  type OrtModule,
  type ProviderConfig,
  type SessionOptions,
} from '../ort-types.ts';
import { CustomOpsSession, type SessionInfo } from '../session.ts';
import { poolSettings, type PoolSettings } from './options.ts';
import { PoolRunner } from './pool-runner.ts';
import type { Ready, WorkerSpec } from './protocol.ts';

/** The copy of onnxruntime the session belongs to. */
interface PoolCopy {
  readonly ort: OrtModule;
  readonly registry: OpRegistry;
  /** Modules that export the operators. */
  readonly modules: ReadonlySet<string>;
}

/** A session whose runs take place in workers. */
export class PooledSession extends CustomOpsSession {
  readonly #runner: PoolRunner;
  readonly #info: SessionInfo;

  constructor(runner: PoolRunner, { inputs, outputs, info }: Ready) {
    super({
      ...info,
      inputs: inputs.map((meta) => ({ meta, hasShape: false })),
      outputs,
      provider: info.providers[0] ?? '',
      runner,
      profiled: [],
      profiler: undefined,
      queue: undefined,
      // The workers' sessions do.
      feedRules: undefined,
    });
    this.#runner = runner;
    this.#info = info;
  }

  override get info(): SessionInfo {
    return { ...this.#info, readbacks: this.#runner.readbacks };
  }

  override startProfiling(): void {
    this.#runner.startProfiling();
  }

  override endProfiling(): void {
    this.#runner.endProfiling();
  }
}

const withoutPool = (config: ProviderConfig): ProviderConfig => {
  if (typeof config === 'string' || !('pool' in config)) return config;
  const { pool: _, ...rest } = config;
  return rest;
};

/** The session options of one worker. The cores are shared out among workers where the user does not say how; files that each would
 * write get the worker's number, the optimised model is written by the first. */
const workerOptions = (
  options: SessionOptions,
  { size }: PoolSettings,
  cores: number,
  index: number,
): SessionOptions => {
  const { executionProviders = [], optimizedModelFilePath, profileFilePrefix, ...rest } = options;
  return {
    intraOpNumThreads: Math.max(1, Math.floor(cores / size)),
    ...rest,
    executionProviders: executionProviders.map(withoutPool),
    ...(optimizedModelFilePath === undefined || index > 0 ? {} : { optimizedModelFilePath }),
    ...(profileFilePrefix === undefined
      ? {}
      : { profileFilePrefix: `${profileFilePrefix}.worker-${index}` }),
  };
};

const checkNode = (ort: OrtModule): void => {
  if (isNodeCopy(ort)) return;
  throw new RuntimeError({
    where: 'InferenceSession.create',
    what: 'the option pool of the provider custom-ops',
    rule: 'needs onnxruntime-node',
    actual: 'onnxruntime-web',
    hint: 'on a page, create the session in a Web Worker of your own',
  });
};

/** Creates a session in each worker of a new pool.
 * @param pool - The option of the provider's entry.
 * @throws {RuntimeError} A wrong option; an operator that no module exports. What the creation of the session throws. */
export const createPooledSession = async (
  { ort, registry, modules }: PoolCopy,
  pathOrBytes: string | Uint8Array,
  options: SessionOptions,
  pool: unknown,
): Promise<PooledSession> => {
  checkNode(ort);
  const cores = process.getBuiltinModule('node:os').availableParallelism();
  const settings = poolSettings(pool, cores);
  // Workers start anew with them, when the caller may have changed his.
  const model = typeof pathOrBytes === 'string' ? pathOrBytes : pathOrBytes.slice();
  const shared = {
    model,
    modules: [...modules],
    installed: [...registry].map(({ label }) => label),
    version: ort.env.versions.node!,
    hasFloat16Array: 'Float16Array' in globalThis,
  };
  const specOf = (index: number): WorkerSpec => ({
    ...shared,
    options: workerOptions(options, settings, cores, index),
  });
  const { runner, ready } = await PoolRunner.start(ort, settings, specOf);
  return new PooledSession(runner, ready);
};
