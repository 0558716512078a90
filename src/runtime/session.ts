// The session the user holds, as onnxruntime's InferenceSession drives it: names, metadata, run, release.

import type { InferenceSessionHandler } from 'onnxruntime-common';
import { RuntimeError } from '../core/errors.ts';
import { inTurn, signalOf, withoutSignal } from './abort.ts';
import { checkFeeds, type FeedRules, type InputSpec } from './feeds.ts';
import type { Feeds, Fetches, OrtTensor, RunOptions, ValueMetadata } from './ort-types.ts';
import type { ProfiledSegment, Profiler } from './profiler.ts';
import type { SharedWeight } from './shared-weights.ts';
import type { InterpretedInfo, KernelInfo, RunControl, Runner } from './runner.ts';
import type { TaskQueue } from './queue.ts';

/** What a session is made of and what it did: see {@link sessionInfo}. */
export interface SessionInfo {
  /** Providers the standard operators run on. */
  readonly providers: readonly string[];
  /** Sessions of onnxruntime the model was cut into, in the order they run. */
  readonly segments: readonly SegmentInfo[];
  /** Custom nodes that run in kernels, in the order they run. */
  readonly kernels: readonly KernelInfo[];
  /** Control-flow nodes with custom nodes inside that onnxruntime cannot run: their subgraphs run as sessions of their own. */
  readonly interpreted: readonly InterpretedInfo[];
  /** Copies from GPU to CPU made for JS kernels since the session was created. */
  readonly readbacks: number;
  /** How often the session was built again because its WebGPU device was lost. */
  readonly rebuilds: number;
  /** Initialisers of 1 KiB or more of which more than one segment holds a copy. */
  readonly duplicates: readonly SharedWeight[];
}

/** One segment. */
export interface SegmentInfo {
  /** Number of nodes; undefined where onnxruntime got the whole model. */
  readonly nodes: number | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What a session needs. */
export interface SessionParts {
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly ValueMetadata[];
  readonly provider: string;
  readonly runner: Runner;
  readonly segments: readonly SegmentInfo[];
  readonly duplicates: readonly SharedWeight[];
  /** The segments' profiles, in the order of the segments. */
  readonly profiled: readonly ProfiledSegment[];
  /** Makes one profile of those of the segments; undefined where onnxruntime's are all there is. */
  readonly profiler: Profiler | undefined;
  readonly interpreted?: readonly InterpretedInfo[];
  /** The queue of the copy's WebGPU sessions; undefined where calls may overlap. */
  readonly queue: TaskQueue | undefined;
  /** What onnxruntime checks of feeds, told before anything runs; undefined where one session of it gets them all. */
  readonly feedRules: FeedRules | undefined;
}

/** A session with custom operators. */
export class CustomOpsSession implements InferenceSessionHandler {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  readonly #parts: SessionParts;
  #isReleased = false;
  #active = 0;
  #whenIdle: (() => void) | undefined;
  readonly #ended = (): void => {
    if (--this.#active === 0) this.#whenIdle?.();
  };

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.inputMetadata = parts.inputs.map(({ meta }) => meta);
    this.outputMetadata = parts.outputs;
    this.inputNames = this.inputMetadata.map(({ name }) => name);
    this.outputNames = this.outputMetadata.map(({ name }) => name);
  }

  get info(): SessionInfo {
    const { provider, segments, interpreted = [], runner, duplicates } = this.#parts;
    const { kernels, readbacks, rebuilds = 0 } = runner;
    return {
      providers: [provider],
      segments,
      kernels,
      interpreted,
      readbacks,
      rebuilds,
      duplicates,
    };
  }

  /** One run. Waits for its turn on WebGPU; elsewhere runs may overlap. */
  run(feeds: Feeds, fetches: Fetches, options: RunOptions): Promise<Record<string, OrtTensor>> {
    this.#checkUsable('run');
    const { inputs, runner, queue, feedRules, profiler } = this.#parts;
    if (feedRules !== undefined) checkFeeds(inputs, feeds, feedRules);
    const profile = profiler?.profile;
    if (options.signal !== undefined || profile !== undefined) {
      return this.#runControlled(feeds, fetches, options, { signal: signalOf(options), profile });
    }
    return this.#track(
      queue === undefined
        ? runner.run(feeds, fetches, options, undefined)
        : queue.run(() => runner.run(feeds, fetches, options, undefined)),
    );
  }

  async #runControlled(
    feeds: Feeds,
    fetches: Fetches,
    allOptions: RunOptions,
    control: RunControl,
  ): Promise<Record<string, OrtTensor>> {
    const { runner, queue } = this.#parts;
    const { signal, profile } = control;
    signal?.throwIfAborted();
    const options = withoutSignal(allOptions);
    const from = performance.now();
    const run = (): Promise<Record<string, OrtTensor>> =>
      runner.run(feeds, fetches, options, control);
    const results = await this.#track(queue === undefined ? run() : inTurn(queue, signal, run));
    profile?.run(from);
    return results;
  }

  #track<T>(result: Promise<T>): Promise<T> {
    this.#active++;
    // Beside the caller's promise, not before it: he waits for one promise less.
    void result.then(this.#ended, this.#ended);
    return result;
  }

  /** Releases the sessions, after the runs that are under way. A profile that was not ended is. */
  async dispose(): Promise<void> {
    this.#checkUsable('release');
    this.#isReleased = true;
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    const { runner, queue, profiler, profiled } = this.#parts;
    try {
      profiler?.end(profiled);
    } finally {
      await (queue === undefined ? runner.release() : queue.run(() => runner.release()));
    }
  }

  /** Starts a profile, where the session option enableProfiling has not. */
  startProfiling(): void {
    this.#checkUsable('startProfiling');
    const { profiler, profiled } = this.#parts;
    if (profiler !== undefined) profiler.start();
    else for (const { session } of profiled) session.startProfiling();
  }

  /** Ends the profile; in onnxruntime-node its file is written: one for all segments and kernels. */
  endProfiling(): void {
    this.#checkUsable('endProfiling');
    const { profiler, profiled } = this.#parts;
    if (profiler !== undefined) profiler.end(profiled);
    else for (const { session } of profiled) session.endProfiling();
  }

  #checkUsable(what: 'run' | 'release' | 'startProfiling' | 'endProfiling'): void {
    if (!this.#isReleased) return;
    throw new RuntimeError({
      where: `InferenceSession.${what}`,
      what: 'the session',
      rule: 'must not be used after it was released',
      hint: 'create it again, or release it after its last run',
    });
  }
}

/** Providers, segments, kernels and readbacks of a session made by the provider `custom-ops`.
 * @throws {RuntimeError} It is another session. */
export const sessionInfo = (session: object): SessionInfo => {
  // onnxruntime keeps the handler in a private field, whose name a bundler may change.
  const handler: unknown = Object.values(session).find((v) => v instanceof CustomOpsSession);
  if (handler instanceof CustomOpsSession) return handler.info;
  throw new RuntimeError({
    where: 'sessionInfo',
    what: 'the session',
    rule: "must have been created with executionProviders: ['custom-ops']",
  });
};
