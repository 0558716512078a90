// From a model to a session: read, resolve operators, plan, build on the first provider that can.

import { RuntimeError } from '../core/errors.ts';
import { checkModelBytes } from '../onnx/bytes-check.ts';
import type { OpRegistry } from '../schema/registry.ts';
import { buildModel, createInner, type BuildContext, type BuiltModel } from './build.ts';
import { interpreter } from './control-flow/interpret.ts';
import { CpuRunner } from './cpu-runner.ts';
import { CopyDevices } from './gpu-device.ts';
import { outputLocation, segmentLocations } from './gpu-placement.ts';
import { GpuRunner } from './gpu-runner.ts';
import { openModel, type ModelFile } from './load.ts';
import {
  isNodeCopy,
  type OrtModule,
  type ProviderConfig,
  type SessionOptions,
} from './ort-types.ts';
import { planModel } from './plan.ts';
import { probeModel } from './probe-model.ts';
import { Profiler } from './profiler.ts';
import { cutKind, entriesOf, firstProvider, innerProviders } from './providers.ts';
import { TaskQueue } from './queue.ts';
import { resolveOperators } from './resolve.ts';
import { interpretedIn, type Runner } from './runner.ts';
import { CustomOpsSession } from './session.ts';
import { checkOutputLocations, probeOptions } from './session-options.ts';
import { StockRunner } from './stock-runner.ts';
import { prepareModel } from './weights.ts';

/** A copy of onnxruntime with operators installed. */
export class OrtCopy {
  readonly ort: OrtModule;
  readonly registry: OpRegistry;
  /** Serialises what must not overlap in this copy: on the web, the making of sessions and everything on WebGPU. */
  readonly queue: TaskQueue = new TaskQueue();
  readonly devices: CopyDevices;

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
const stockSession = async (
  copy: OrtCopy,
  model: string | Uint8Array,
  provider: ProviderConfig,
  name: string,
  options: SessionOptions,
): Promise<CustomOpsSession> => {
  const session = await createInner(copy.ort, model, provider, options);
  if (isWebGpu(copy, name)) copy.devices.observe();
  const { inputNames, outputNames, inputMetadata, outputMetadata } = session;
  return new CustomOpsSession({
    inputs: inputMetadata.map((meta) => ({ meta, hasShape: false })),
    outputs: outputMetadata,
    provider: name,
    runner: new StockRunner(session),
    segments: [{ nodes: undefined, inputs: inputNames, outputs: outputNames }],
    profiled: [{ session, index: 0, made: [0, 0] }],
    profiler: undefined,
    interpreted: [],
    queue: queueFor(copy, name),
    feedRules: undefined,
  });
};

const customSession = (
  copy: OrtCopy,
  built: BuiltModel,
  runner: Runner,
  profiler?: Profiler,
): CustomOpsSession =>
  new CustomOpsSession({
    inputs: built.inputs,
    outputs: built.outputs,
    provider: built.provider,
    runner,
    segments: built.steps.flatMap((step) =>
      step.kind === 'segment'
        ? [{ nodes: step.nodes, inputs: step.reads, outputs: step.writes }]
        : [],
    ),
    profiled: built.steps.filter((step) => step.kind === 'segment'),
    profiler,
    interpreted: interpretedIn(built),
    queue: queueFor(copy, built.provider),
    feedRules: { refusesOthers: !isNodeCopy(copy.ort) },
  });

const gpuSession = async (copy: OrtCopy, context: BuildContext): Promise<CustomOpsSession> => {
  const { plan, provider, options } = context;
  const needsProbe = !plan.steps.some(({ kind }) => kind === 'segment');
  const hold = await copy.devices.open(provider, needsProbe);
  const locationOf = outputLocation(options.preferredOutputLocation);
  try {
    const outputLocations = segmentLocations(plan, locationOf);
    const built = await buildModel({ ...context, outputLocations });
    return customSession(copy, built, new GpuRunner(copy.ort, built, hold, locationOf));
  } catch (error) {
    await hold.probe?.release();
    throw error;
  }
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

/** A model on the CPU. One without segments makes no session of onnxruntime: in onnxruntime-node a small one tells then whether it takes
 * the options and the provider. */
const cpuSession = async (copy: OrtCopy, context: BuildContext): Promise<CustomOpsSession> => {
  const { ort, plan, provider, options } = context;
  checkOutputLocations(ort, options, plan.outputs);
  if (isNodeCopy(ort) && !plan.steps.some(({ kind }) => kind === 'segment')) {
    const probe = await createInner(ort, probeModel(), provider, probeOptions(options));
    await probe.release();
  }
  const profiler = Profiler.of(ort, options);
  try {
    const built = await buildModel({ ...context, options: profiler?.options(options) ?? options });
    return customSession(copy, built, new CpuRunner(ort, built), profiler);
  } catch (error) {
    profiler?.discard();
    throw error;
  }
};

/** Creates a session from an opened model. */
const createFrom = async (
  copy: OrtCopy,
  file: ModelFile,
  pathOrBytes: string | Uint8Array,
  allOptions: SessionOptions,
): Promise<CustomOpsSession> => {
  const { ort, registry, queue } = copy;
  const { where } = file;
  const { executionProviders: _, ...given } = allOptions;
  const entries = entriesOf(allOptions);
  const { model, options } = prepareModel(file, given, isNodeCopy(ort));
  checkModelBytes(model, where);
  const resolution = resolveOperators(model, registry, where);
  const providers = innerProviders(ort, entries);
  const cut = cutKind(entries);
  const isStock = resolution.model === model && resolution.kernels.size === 0 && cut === 'fewest';
  const plan = isStock ? undefined : planModel(resolution, where, cut);
  if (plan !== undefined) refuseGraphCapture(options, where);
  const create = (): Promise<CustomOpsSession> =>
    firstProvider(providers, where, async (provider, name) => {
      if (plan === undefined) return stockSession(copy, pathOrBytes, provider, name, given);
      const context: BuildContext = {
        ort,
        model: resolution.model,
        plan,
        provider,
        providerName: name,
        options,
        where,
        interpret: interpreter(registry, cut),
      };
      if (isWebGpu(copy, name)) return gpuSession(copy, context);
      return cpuSession(copy, context);
    });
  return isNodeCopy(ort) ? create() : queue.run(create);
};

/** Creates a session whose custom nodes run in kernels.
 * @throws {ModelError} The file is no ONNX model. {RuntimeError} An unknown operator, or no provider is left.
 *   {TypeError | RangeError} onnxruntime-node's own, of a session option. {SchemaError | DTypeError} A custom node breaks its operator's schema. */
export const createSession = async (
  copy: OrtCopy,
  pathOrBytes: string | Uint8Array,
  allOptions: SessionOptions,
): Promise<CustomOpsSession> => {
  const file = await openModel(pathOrBytes);
  try {
    return await createFrom(copy, file, pathOrBytes, allOptions);
  } finally {
    file.close();
  }
};
