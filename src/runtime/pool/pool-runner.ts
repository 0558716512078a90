// Runs a model in a pool of workers: a bounded queue, first come, first served, and the first worker that is free.
//
// Why no pool library: tinypool 2.2 does not notice a thread that ends by process.exit (its run hangs), terminates a worker to
// cancel a run (which aborts the process while onnxruntime computes), cannot give every worker a session before the first task,
// and has no way to let buffers come back. Piscina and workerpool share the second and third.

import { RuntimeError } from '../../core/errors.ts';
import { fillFetch } from '../cpu-runner.ts';
import type { Feeds, Fetches, OrtModule, OrtTensor, RunOptions } from '../ort-types.ts';
import type { RunControl, Runner } from '../runner.ts';
import type { SessionInfo } from '../session.ts';
import { fromOrt } from '../tensors.ts';
import { BufferPool } from './buffers.ts';
import type { PoolSettings } from './options.ts';
import { packFeeds, unpackResults } from './packing.ts';
import { PoolWorker, type Job } from './pool-worker.ts';
import type { Ready, WorkerSpec } from './protocol.ts';

/** What each worker of a pool is started with.
 * @param index - From 0. */
export type SpecOf = (index: number) => WorkerSpec;

/** Runs jobs on workers. */
export class PoolRunner implements Runner {
  readonly #ort: OrtModule;
  readonly #settings: PoolSettings;
  readonly #workers: readonly PoolWorker[];
  readonly #buffers: BufferPool;
  /** Jobs that wait, in their order; a set, so that one in the middle can leave. */
  readonly #queue = new Set<Job>();
  #lost = 0;
  #loss: unknown;
  #info!: SessionInfo;
  #readbacks = 0;

  private constructor(ort: OrtModule, settings: PoolSettings, specOf: SpecOf) {
    this.#ort = ort;
    this.#settings = settings;
    this.#buffers = new BufferPool(2 * settings.size);
    const events = {
      free: () => this.#dispatch(),
      lost: (error: unknown) => this.#workerLost(error),
    };
    this.#workers = Array.from(
      { length: settings.size },
      (_, index) => new PoolWorker(index, specOf(index), settings, events),
    );
  }

  /** Starts a pool: all workers at once, each with its session.
   * @throws What the first worker that failed threw; the others are ended. */
  static async start(
    ort: OrtModule,
    settings: PoolSettings,
    specOf: SpecOf,
  ): Promise<{ readonly runner: PoolRunner; readonly ready: Ready }> {
    const runner = new PoolRunner(ort, settings, specOf);
    const started = await Promise.allSettled(runner.#workers.map((worker) => worker.start()));
    const failed = started.find((one) => one.status === 'rejected');
    const [first] = started;
    if (failed !== undefined || first?.status !== 'fulfilled') {
      await runner.release();
      throw failed?.reason;
    }
    runner.#info = first.value.info;
    return { runner, ready: first.value };
  }

  get kernels(): SessionInfo['kernels'] {
    return this.#info.kernels;
  }

  get readbacks(): number {
    return this.#readbacks;
  }

  /** Bytes of the buffers that wait for their next run. */
  get freeBytes(): number {
    return this.#buffers.freeBytes;
  }

  async run(
    feeds: Feeds,
    fetches: Fetches,
    options: RunOptions,
    control: RunControl | undefined,
  ): Promise<Record<string, OrtTensor>> {
    this.#checkRoom();
    const message = {
      kind: 'run',
      feeds: packFeeds(feeds, this.#buffers),
      fetches: Object.keys(fetches),
      options,
    } as const;
    const results = await this.#enqueue(message, control?.signal);
    for (const name in fetches) {
      const given = fetches[name];
      if (given === null || given === undefined) continue;
      results[name] = fillFetch(given, fromOrt(results[name]!, `output "${name}"`), name);
    }
    return results;
  }

  /** Ends the workers; call it when no run is under way. */
  async release(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
    this.#buffers.clear();
  }

  startProfiling(): void {
    for (const worker of this.#workers) worker.tell('startProfiling');
  }

  endProfiling(): void {
    for (const worker of this.#workers) worker.tell('endProfiling');
  }

  #enqueue(
    message: Job['message'],
    signal: AbortSignal | undefined,
  ): Promise<Record<string, OrtTensor>> {
    return new Promise((resolve, reject) => {
      const job: Job = {
        message,
        done: ({ results, readbacks, bytes }) => {
          finish(bytes);
          this.#readbacks += readbacks;
          resolve(unpackResults(this.#ort, results));
        },
        failed: (error, bytes) => {
          finish(bytes);
          reject(error);
        },
      };
      const cancel = (): void => {
        if (this.#queue.delete(job)) this.#buffers.give(message.feeds.bytes.buffer);
        else for (const worker of this.#workers) worker.abort(job);
        reject(signal?.reason as Error);
      };
      const finish = (bytes: Uint8Array<ArrayBuffer> | undefined): void => {
        signal?.removeEventListener('abort', cancel);
        if (bytes !== undefined) this.#buffers.give(bytes.buffer);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.#queue.add(job);
      this.#dispatch();
    });
  }

  #dispatch(): void {
    for (const worker of this.#workers) {
      if (this.#queue.size === 0) return;
      if (!worker.isFree) continue;
      const [job] = this.#queue;
      this.#queue.delete(job!);
      this.#send(worker, job!);
    }
  }

  #send(worker: PoolWorker, job: Job): void {
    try {
      const { buffer } = job.message.feeds.bytes;
      if (worker.run(job)) this.#buffers.give(buffer);
    } catch (error) {
      // A feed or an option that cannot be posted.
      worker.withdraw(job);
      job.failed(error);
    }
  }

  #checkRoom(): void {
    const { maxQueue, size } = this.#settings;
    if (this.#lost === this.#workers.length) throw this.#allLost();
    const isFree = this.#workers.some((worker) => worker.isFree);
    if (isFree || this.#queue.size < maxQueue) return;
    throw new RuntimeError({
      where: 'InferenceSession.run',
      what: 'the queue of the pool',
      rule: 'is full',
      actual: `${this.#queue.size} runs waiting for ${size} ${size === 1 ? 'worker' : 'workers'}`,
      hint: `send fewer runs at once, or create the session with a larger pool.maxQueue (${maxQueue}) or pool.size (${size})`,
    });
  }

  #workerLost(error: unknown): void {
    this.#lost++;
    this.#loss = error;
    if (this.#lost < this.#workers.length) return;
    for (const job of this.#queue) job.failed(this.#allLost());
    this.#queue.clear();
  }

  #allLost(): RuntimeError {
    return new RuntimeError({
      where: 'InferenceSession.run',
      what: 'the pool',
      rule: 'has no worker left that starts',
      cause: this.#loss,
      hint: 'see the cause; release the session and create it again',
    });
  }
}
