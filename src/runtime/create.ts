// From a model to a session: read, resolve operators, plan, build on the first provider that can.

import { RuntimeError } from '../core/errors.ts';
import { checkModelBytes } from '../onnx/bytes-check.ts';
import { OpRegistry } from '../schema/registry.ts';
import { buildModel, createInner, type BuildContext, type BuiltModel } from './build.ts';
import { CpuRunner } from './cpu-runner.ts';
import { CopyDevices } from './gpu-device.ts';
import { recoverable, type Rebuild } from './gpu-recovery.ts';
import { buildOnGpu } from './gpu-session.ts';
import { GpuStockRunner } from './gpu-stock-runner.ts';
import { openModel, type ModelFile } from './load.ts';
import { ModelKeeper } from './model-keeper.ts';
import {
  isNodeCopy,
  providerName,
  type OrtModule,
  type ProviderConfig,
  type SessionOptions,
} from './ort-types.ts';
import { planModel } from './plan.ts';
import { probeModel } from './probe-model.ts';
import type { Profiler } from './profiler.ts';
import { cutKind, entriesOf, firstProvider, innerProviders, poolOf } from './providers.ts';
import { TaskQueue } from './queue.ts';
import { resolveOperators } from './resolve.ts';
import { interpretedIn, type Runner } from './runner.ts';
import { CustomOpsSession, type SessionParts } from './session.ts';
import { checkOutputLocations, probeOptions } from './session-options.ts';
import { sharedWeights } from './shared-weights.ts';
import { StockRunner } from './stock-runner.ts';
import { prepareModel } from './weights.ts';

/** A copy of onnxruntime with operators installed. */
export class OrtCopy {
  readonly ort: OrtModule;
  readonly registry: OpRegistry;
  /** Serialises what must not overlap in this copy: on the web, the making of sessions and everything on WebGPU. */
  readonly queue: TaskQueue = new TaskQueue();
  readonly devices: CopyDevices;
  /** Modules that export the operators, for workers. */
  readonly modules = new Set<string>();

  constructor(ort: OrtModule, registry: OpRegistry) {
    this.ort = ort;
    this.registry = registry;
    this.devices = new CopyDevices(ort);
  }
}

const isWebGpu = (copy: OrtCopy, name: string): boolean =>
  name === 'webgpu' && !isNodeCopy(copy.ort);

/** The queue for a session's calls, where they must not overlap with others of the copy. */
const queueFor = (copy: OrtCopy, provider: string): TaskQueue | undefined =>
  isWebGpu(copy, provider) || copy.devices.isOlder ? copy.queue : undefined;

/** A model without custom nodes: the session is onnxruntime's. */
const stockParts = async (
  copy: OrtCopy,
  model: string | Uint8Array,
  provider: ProviderConfig,
  name: string,
  options: SessionOptions,
): Promise<SessionParts> => {
  const isOnGpu = isWebGpu(copy, name);
  const own = isOnGpu ? await copy.devices.providerFor(provider) : provider;
  const session = await createInner(copy.ort, model, own, options);
  const shared = isOnGpu ? await copy.devices.deviceOf(own) : undefined;
  const { inputNames, outputNames, inputMetadata, outputMetadata } = session;
  return {
    inputs: inputMetadata.map((meta) => ({ meta, hasShape: false })),
    outputs: outputMetadata,
    provider: name,
    runner: shared === undefined ? new StockRunner(session) : new GpuStockRunner(session, shared),
    segments: [{ nodes: undefined, inputs: inputNames, outputs: outputNames }],
    duplicates: [],
    profiled: [{ session, index: 0, made: [0, 0] }],
    profiler: undefined,
    interpreted: [],
    queue: queueFor(copy, name),
    feedRules: undefined,
  };
};

const customParts = (
  copy: OrtCopy,
  { model, plan }: BuildContext,
  built: BuiltModel,
  runner: Runner,
  profiler?: Profiler,
): SessionParts => ({
  inputs: built.inputs,
  outputs: built.outputs,
  provider: built.provider,
  runner,
  segments: built.steps.flatMap((step) =>
    step.kind === 'segment'
      ? [{ nodes: step.nodes, inputs: step.reads, outputs: step.writes }]
      : [],
  ),
  duplicates: sharedWeights(model, plan),
  profiled: built.steps.filter((step) => step.kind === 'segment'),
  profiler,
  interpreted: interpretedIn(built),
  queue: queueFor(copy, built.provider),
  feedRules: { refusesOthers: !isNodeCopy(copy.ort) },
});

const gpuParts = async (copy: OrtCopy, context: BuildContext): Promise<SessionParts> => {
  const { built, runner } = await buildOnGpu(copy, context);
  return customParts(copy, context, built, runner);
};

const refuseGraphCapture = (options: SessionOptions, where: string): void => {
  if (options.enableGraphCapture !== true) return;
  throw new RuntimeError({
    where,
    what: 'the session option enableGraphCapture',
    rule: 'cannot be used with custom operators',
    actual: 'true',
    hint: 'onnxruntime can capture only graphs it runs as a whole; leave the option out',
  });
};

/** Profiles are files: only onnxruntime-node writes them. */
const profilerOf = async (ort: OrtModule, options: SessionOptions): Promise<Profiler | undefined> =>
  isNodeCopy(ort) ? (await import('./profiler.ts')).Profiler.of(ort, options) : undefined;

/** A model on the CPU. One without segments makes no session of onnxruntime: in onnxruntime-node a small one tells then whether it takes
 * the options and the provider. */
const cpuParts = async (copy: OrtCopy, context: BuildContext): Promise<SessionParts> => {
  const { ort, plan, provider, options } = context;
  if (isNodeCopy(ort) && !plan.steps.some(({ kind }) => kind === 'segment')) {
    const probe = await createInner(ort, probeModel(), provider, probeOptions(options));
    await probe.release();
  }
  const profiler = await profilerOf(ort, options);
  try {
    const built = await buildModel({ ...context, options: profiler?.options(options) ?? options });
    return customParts(copy, context, built, new CpuRunner(ort, built), profiler);
  } catch (error) {
    profiler?.discard();
    throw error;
  }
};

/** Which of a session's providers are tried. */
type Choice = (providers: readonly ProviderConfig[]) => readonly ProviderConfig[];

const all: Choice = (providers) => providers;
const others: Choice = (providers) => providers.filter((one) => providerName(one) !== 'webgpu');

/** The parts of a session, from an opened model. On the web it is called within the copy's queue. */
const partsFrom = async (
  copy: OrtCopy,
  file: ModelFile,
  allOptions: SessionOptions,
  choose: Choice,
): Promise<SessionParts> => {
  const { ort, registry } = copy;
  const { where } = file;
  const { executionProviders: _, ...given } = allOptions;
  const entries = entriesOf(allOptions);
  const { model, options } = prepareModel(file, given, isNodeCopy(ort));
  checkModelBytes(model, where);
  const resolution = resolveOperators(model, registry, where);
  const providers = choose(innerProviders(ort, entries));
  const cut = cutKind(entries);
  const isStock = resolution.model === model && resolution.kernels.size === 0 && cut === 'fewest';
  const plan = isStock ? undefined : planModel(resolution, where, cut);
  if (plan !== undefined) refuseGraphCapture(options, where);
  return firstProvider(providers, where, async (provider, name) => {
    if (plan === undefined) {
      return stockParts(copy, file.bytes ?? file.path ?? where, provider, name, given);
    }
    checkOutputLocations(ort, options, plan.outputs, name);
    const context: BuildContext = {
      ort,
      model: resolution.model,
      plan,
      provider,
      providerName: name,
      options,
      where,
      // Loaded for the models that need it.
      interpret: async (...call: Parameters<BuildContext['interpret']>) => {
        const { interpreter } = await import('./control-flow/interpret.ts');
        return interpreter(registry, cut)(...call);
      },
    };
    return isWebGpu(copy, name) ? gpuParts(copy, context) : cpuParts(copy, context);
  });
};

/** How a session is built again: from the bytes or the URL it was created from, with the operators it was created with. */
const rebuildOf = (
  copy: OrtCopy,
  pathOrBytes: string | Uint8Array,
  options: SessionOptions,
  bytes: Uint8Array,
): Rebuild => {
  const { ort, queue, devices, modules } = copy;
  const registry = new OpRegistry([...copy.registry]);
  const known: OrtCopy = { ort, queue, devices, modules, registry };
  const keeper = new ModelKeeper(bytes);
  return async (on) => {
    const file = await openModel(pathOrBytes);
    try {
      if (file.bytes !== undefined) await keeper.check(file.bytes, file.where);
      return await partsFrom(known, file, options, on === 'all' ? all : others);
    } finally {
      file.close();
    }
  };
};

/** Creates a session whose custom nodes run in kernels.
 * @throws {ModelError} The file is no ONNX model. {RuntimeError} An unknown operator, or no provider is left.
 *   {TypeError | RangeError} onnxruntime-node's own, of a session option. {SchemaError | DTypeError} A custom node breaks its operator's schema. */
export const createSession = async (
  copy: OrtCopy,
  pathOrBytes: string | Uint8Array,
  allOptions: SessionOptions,
): Promise<CustomOpsSession> => {
  const entries = entriesOf(allOptions);
  const pool = poolOf(entries);
  if (pool !== undefined) {
    const { createPooledSession } = await import('./pool/pooled-session.ts');
    return createPooledSession(
      copy,
      pathOrBytes,
      { ...allOptions, executionProviders: entries },
      pool,
    );
  }
  const file = await openModel(pathOrBytes);
  try {
    const create = (): Promise<SessionParts> => partsFrom(copy, file, allOptions, all);
    if (isNodeCopy(copy.ort)) return new CustomOpsSession(await create());
    const parts = await copy.queue.run(create);
    const { bytes } = file;
    if (bytes === undefined) return new CustomOpsSession(parts);
    return new CustomOpsSession(
      recoverable(parts, file.where, () => rebuildOf(copy, pathOrBytes, allOptions, bytes)),
    );
  } finally {
    file.close();
  }
};
