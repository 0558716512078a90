// The session the user holds, as onnxruntime's InferenceSession drives it: names, metadata, run, release.

import type { InferenceSessionHandler } from 'onnxruntime-common';
import { RuntimeError } from '../core/errors.ts';
import type { InnerSession } from './build.ts';
import { checkFeeds, type InputSpec } from './feeds.ts';
import type { Feeds, Fetches, OrtTensor, RunOptions, ValueMetadata } from './ort-types.ts';
import type { KernelInfo, Runner } from './runner.ts';
import type { TaskQueue } from './queue.ts';

/** What a session is made of and what it did: see {@link sessionInfo}. */
export interface SessionInfo {
  /** Providers the standard operators run on. */
  readonly providers: readonly string[];
  /** Sessions of onnxruntime the model was cut into, in the order they run. */
  readonly segments: readonly SegmentInfo[];
  /** Custom nodes that run in kernels, in the order they run. */
  readonly kernels: readonly KernelInfo[];
  /** Copies from GPU to CPU made for JS kernels since the session was created. */
  readonly readbacks: number;
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
  readonly sessions: readonly InnerSession[];
  /** The queue of the copy's WebGPU sessions; undefined where calls may overlap. */
  readonly queue: TaskQueue | undefined;
  /** Whether feeds are checked here, and not by the one session that gets them. */
  readonly checksFeeds: boolean;
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
    const { provider, segments, runner } = this.#parts;
    const { kernels, readbacks } = runner;
    return { providers: [provider], segments, kernels, readbacks };
  }

  /** One run. Waits for its turn on WebGPU; elsewhere runs may overlap. */
  run(feeds: Feeds, fetches: Fetches, options: RunOptions): Promise<Record<string, OrtTensor>> {
    this.#checkUsable('run');
    const { inputs, runner, queue, checksFeeds } = this.#parts;
    if (checksFeeds) checkFeeds(inputs, feeds);
    this.#active++;
    const result =
      queue === undefined
        ? runner.run(feeds, fetches, options)
        : queue.run(() => runner.run(feeds, fetches, options));
    // Beside the caller's promise, not before it: he waits for one promise less.
    void result.then(this.#ended, this.#ended);
    return result;
  }

  /** Releases the sessions, after the runs that are under way. */
  async dispose(): Promise<void> {
    this.#checkUsable('release');
    this.#isReleased = true;
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    const { runner, queue } = this.#parts;
    await (queue === undefined ? runner.release() : queue.run(() => runner.release()));
  }

  startProfiling(): void {
    for (const session of this.#parts.sessions) session.startProfiling();
  }

  endProfiling(): void {
    for (const session of this.#parts.sessions) session.endProfiling();
  }

  #checkUsable(what: 'run' | 'release'): void {
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
