// Sessions of onnxruntime for a plan's segments and bound kernels for its custom nodes, made in the order of the plan, because a
// later segment's inputs are typed by what earlier steps make.

import { messageOf } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { ModelBytes } from '../onnx/bytes-model.ts';
import type { ValueMeta } from '../schema/forms.ts';
import { bindKernel, type BoundKernel } from './bind.ts';
import type { InputSpec } from './feeds.ts';
import { stockCreate } from './ort-create.ts';
import {
  isNodeCopy,
  type OrtModule,
  type ProviderConfig,
  type SessionOptions,
  type ValueMetadata,
} from './ort-types.ts';
import { readsOf, writesOf, type KernelPlan, type Plan, type SegmentPlan } from './plan.ts';
import type { Span } from './profile.ts';
import { addTypes, checkBoundary } from './segment-types.ts';
import { segmentBytes } from './segment.ts';
import { freeDimensions, segmentOptions } from './session-options.ts';
import { declaredMeta, metadataOf } from './values.ts';

/** A session of the user's copy of onnxruntime. */
export type InnerSession = Awaited<ReturnType<OrtModule['InferenceSession']['create']>>;

/** A segment with its session. */
export interface BuiltSegment {
  readonly kind: 'segment';
  readonly session: InnerSession;
  /** Its position among the segments. */
  readonly index: number;
  /** When the session was made. */
  readonly made: Span;
  readonly nodes: number;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Values no later step and no output of the model needs. */
  readonly dead: readonly string[];
}

/** A custom node with its kernel. */
export interface BuiltKernel {
  readonly kind: 'kernel';
  readonly kernel: BoundKernel;
  /** Sessions of the subgraphs of an interpreted node. */
  readonly sessions: readonly InnerSession[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly dead: readonly string[];
}

/** A model ready to run on one provider. Holds nothing of the model's bytes. */
export interface BuiltModel {
  /** Names of the inputs a run must be given. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Outputs that are constants of the model. */
  readonly constantOutputs: ReadonlyMap<string, Tensor>;
  readonly steps: readonly (BuiltSegment | BuiltKernel)[];
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly ValueMetadata[];
  readonly provider: string;
}

/** An interpreted control-flow node, with the sessions of its subgraphs. */
export type Interpreted = Pick<BuiltKernel, 'kernel' | 'sessions'>;

/** Why a provider cannot run a model; the next one is tried. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
}

/** What a model is built with. */
export interface BuildContext {
  readonly ort: OrtModule;
  readonly model: ModelBytes;
  readonly plan: Plan;
  readonly provider: ProviderConfig;
  readonly providerName: string;
  readonly options: SessionOptions;
  readonly where: string;
  /** Builds a control-flow node that is interpreted, and adds the types of its outputs to `metas`. */
  readonly interpret: (
    context: BuildContext,
    step: KernelPlan,
    metas: Map<string, ValueMeta>,
  ) => Promise<Interpreted>;
  /** Where a segment's outputs are to be left; undefined: on the CPU. */
  readonly outputLocations?: (
    segment: SegmentPlan,
    types: ReadonlyMap<string, ValueMeta>,
  ) => SessionOptions['preferredOutputLocation'];
}

/** Creates a session of the user's onnxruntime on one provider.
 * @throws {ProviderFailure} onnxruntime refuses. {TypeError | RangeError} onnxruntime-node's own, of a session option. */
export const createInner = async (
  ort: OrtModule,
  model: string | Uint8Array,
  provider: ProviderConfig,
  options: SessionOptions,
): Promise<InnerSession> => {
  const own: SessionOptions = { ...options, executionProviders: [provider] };
  const create = stockCreate(ort);
  try {
    // Two overloads take what one variable holds.
    return await (typeof model === 'string' ? create(model, own) : create(model, own));
  } catch (cause) {
    const isOfOptions = cause instanceof TypeError || cause instanceof RangeError;
    // In Node an option is wrong for every provider; on the web a TypeError also tells of what could not be fetched.
    if (isOfOptions && isNodeCopy(ort)) throw cause;
    throw new ProviderFailure(messageOf(cause), { cause });
  }
};

/** Element types and shapes the model declares, named dimensions replaced by the lengths the user gives them. */
const declaredMetas = ({ ort, model, options }: BuildContext): Map<string, ValueMeta> => {
  const { graph } = model;
  const lengths = freeDimensions(ort, options);
  const metas = new Map<string, ValueMeta>();
  for (const info of [...graph.valueInfos, ...graph.outputs, ...graph.inputs]) {
    const meta = declaredMeta(info);
    if (meta === undefined) continue;
    const dims = meta.dims?.map((dim) =>
      typeof dim === 'string' && Object.hasOwn(lengths, dim) ? lengths[dim]! : dim,
    );
    metas.set(info.name, { ...meta, dims });
  }
  return metas;
};

/** For each step, the values that nothing after it needs. */
const deadAfter = (plan: Plan): readonly (readonly string[])[] => {
  const alive = new Set(plan.outputs);
  const dead = plan.steps.toReversed().map((step) => {
    const touched = new Set([...readsOf(step, plan.constants), ...writesOf(step)]);
    const ending = [...touched].filter((name) => !alive.has(name));
    for (const name of touched) alive.add(name);
    return ending;
  });
  return dead.toReversed();
};

/** Metadata with the lengths given for named dimensions, which onnxruntime may not have traced through the cuts. */
const withLengths = (
  info: ValueMetadata,
  lengths: Readonly<Record<string, number>>,
): ValueMetadata =>
  info.isTensor
    ? {
        ...info,
        shape: info.shape.map((dim) =>
          typeof dim === 'string' && Object.hasOwn(lengths, dim) ? lengths[dim]! : dim,
        ),
      }
    : info;

const outputMetadata = (
  { ort, plan, options }: BuildContext,
  metas: ReadonlyMap<string, ValueMeta>,
  sessions: readonly InnerSession[],
): readonly ValueMetadata[] =>
  plan.outputs.map((name) => {
    for (const session of sessions) {
      const info = session.outputMetadata.find((one) => one.name === name);
      if (info !== undefined) return withLengths(info, freeDimensions(ort, options));
    }
    if (!plan.constants.has(name)) return metadataOf(ort, name, metas.get(name));
    const { dtype, dims } = plan.constants.tensor(name);
    return metadataOf(ort, name, { dtype, dims });
  });

const buildSegment = async (
  context: BuildContext,
  segment: SegmentPlan,
  index: number,
  metas: Map<string, ValueMeta>,
): Promise<InnerSession> => {
  const { ort, model, plan, provider, where, outputLocations } = context;
  const outputs = segment.writes.filter((name) => plan.outputs.includes(name));
  const options = segmentOptions(context.options, { index, outputs });
  const create = (location: SessionOptions['preferredOutputLocation']): Promise<InnerSession> => {
    const own =
      location === undefined ? options : { ...options, preferredOutputLocation: location };
    return createInner(ort, segmentBytes(model, segment, metas), provider, own);
  };
  const guess = outputLocations?.(segment, metas);
  const session = await create(guess);
  try {
    checkBoundary(session, plan, where);
    addTypes(session, segment, metas);
    // Only the session tells the types; where these change what can stay on the GPU, it is made once more.
    const location = outputLocations?.(segment, metas);
    if (JSON.stringify(location) === JSON.stringify(guess)) return session;
    await session.release();
    return await create(location);
  } catch (error) {
    await session.release().catch(() => undefined);
    throw error;
  }
};

/** Builds a model for one provider.
 * @throws {ProviderFailure} onnxruntime cannot create a session on it; nothing is left behind. */
export const buildModel = async (context: BuildContext): Promise<BuiltModel> => {
  const { ort, plan, providerName } = context;
  const metas = declaredMetas(context);
  const dead = deadAfter(plan);
  const steps: (BuiltSegment | BuiltKernel)[] = [];
  const sessions: InnerSession[] = [];
  // Those of interpreted nodes' subgraphs.
  const inner: InnerSession[] = [];
  try {
    for (const [at, step] of plan.steps.entries()) {
      const common = { writes: writesOf(step), dead: dead[at]! };
      if (step.kind === 'kernel') {
        const bound =
          step.interpreted === undefined
            ? { kernel: bindKernel(step, metas, plan.constants), sessions: [] }
            : await context.interpret(context, step, metas);
        inner.push(...bound.sessions);
        steps.push({ kind: 'kernel', ...bound, reads: readsOf(step, plan.constants), ...common });
        continue;
      }
      const from = performance.now();
      const index = sessions.length;
      const session = await buildSegment(context, step, index, metas);
      sessions.push(session);
      const made: Span = [from, performance.now()];
      const nodes = step.nodes.length;
      steps.push({ kind: 'segment', session, index, made, nodes, reads: step.reads, ...common });
    }
    const constantOutputs = plan.outputs.filter((name) => plan.constants.has(name));
    return {
      inputNames: plan.inputs,
      outputNames: plan.outputs,
      constantOutputs: new Map(
        constantOutputs.map((name) => [name, plan.constants.tensor(name)] as const),
      ),
      steps,
      inputs: plan.inputs.map((name) => {
        const meta = metas.get(name);
        return { meta: metadataOf(ort, name, meta), hasShape: meta?.dims !== undefined };
      }),
      outputs: outputMetadata(context, metas, sessions),
      provider: providerName,
    };
  } catch (error) {
    await Promise.all([...sessions, ...inner].map((session) => session.release()));
    throw error;
  }
};
