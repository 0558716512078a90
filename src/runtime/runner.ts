// What runs a built model: on the CPU, on a GPU, or the one session of a model without custom nodes.

import type { BuiltKernel, BuiltModel, BuiltSegment, InnerSession } from './build.ts';
import type { Feeds, Fetches, OrtTensor, RunOptions } from './ort-types.ts';
import type { Profile } from './profile.ts';

/** The form in which a custom node runs. */
export interface KernelInfo {
  /** Name of the node; '' where it has none. */
  readonly node: string;
  /** Label of the operator. */
  readonly op: string;
  readonly form: 'js' | 'wgsl';
  /** Why a node runs in JS on a WebGPU session. */
  readonly reason?: string;
}

/** What a run is given beside the options of onnxruntime, where there is any of it. */
export interface RunControl {
  /** Stops the run before its next segment or kernel. */
  readonly signal: AbortSignal | undefined;
  /** Records the times of segments and kernels. */
  readonly profile: Profile | undefined;
}

/** A control-flow node that onnxruntime does not run, because of a custom node in its subgraphs. */
export interface InterpretedInfo {
  /** Name of the node; '' where it has none. */
  readonly node: string;
  /** `If`, `Loop` or `Scan`. */
  readonly type: string;
  /** Why onnxruntime cannot run it. */
  readonly reason: string;
  /** Sessions its subgraphs were cut into. */
  readonly segments: number;
}

/** Runs a model and releases what it holds. */
export interface Runner {
  readonly kernels: readonly KernelInfo[];
  /** Copies from GPU to CPU made for JS kernels since the session was created. */
  readonly readbacks: number;
  /** How often the session was built again because its device was lost; absent where it cannot be. */
  readonly rebuilds?: number;
  /** @throws The reason of the signal, where it was aborted before the run ended. */
  run(
    feeds: Feeds,
    fetches: Fetches,
    options: RunOptions,
    control: RunControl | undefined,
  ): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** The sessions of a model. */
export const sessionsOf = ({ steps }: BuiltModel): readonly InnerSession[] =>
  steps.flatMap((step) => (step.kind === 'segment' ? [step.session] : step.sessions));

/** The interpreted nodes of a model. */
export const interpretedIn = ({ steps }: BuiltModel): readonly InterpretedInfo[] =>
  steps.flatMap((step) => {
    if (step.kind === 'segment' || step.kernel.interpreted === undefined) return [];
    const { node, op, interpreted } = step.kernel;
    return [{ node, type: op.label, reason: interpreted, segments: step.sessions.length }];
  });

/** Steps that outputs depend on, kept for the sets of outputs that were asked for. */
export class NeededSteps {
  readonly #model: BuiltModel;
  readonly #known = new Map<string, readonly (BuiltSegment | BuiltKernel)[]>();

  constructor(model: BuiltModel) {
    this.#model = model;
  }

  of(outputs: readonly string[]): readonly (BuiltSegment | BuiltKernel)[] {
    const { outputNames, steps } = this.#model;
    if (outputs.length === outputNames.length) return steps;
    const key = JSON.stringify(outputs);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const wanted = new Set(outputs);
    const needed = steps
      .toReversed()
      .filter(({ reads, writes }) => {
        if (!writes.some((name) => wanted.has(name))) return false;
        for (const name of reads) wanted.add(name);
        return true;
      })
      .toReversed();
    this.#known.set(key, needed);
    return needed;
  }
}

/** The outputs of a segment's session to fetch in a run: all of them, or those that are wanted or read later.
 * A tensor the caller gave is handed on where it is on the GPU; one on the CPU is filled afterwards. */
export const fetchesOf = (
  segment: BuiltSegment,
  fetches: Fetches,
  steps: readonly (BuiltSegment | BuiltKernel)[],
  outputs: readonly string[],
): Fetches => {
  const wanted: Record<string, OrtTensor | null> = {};
  for (const name of segment.writes) {
    const isFetched = name in fetches;
    const isRead = steps.some((step) => step !== segment && step.reads.includes(name));
    if (!isFetched && !isRead && outputs.includes(name)) continue;
    const given = fetches[name];
    wanted[name] = given?.location === 'gpu-buffer' ? given : null;
  }
  return wanted;
};
