// One place of a pool, as the program sees it: a worker with the model loaded, which runs one job at a time. A worker that dies
// takes its job with it and is replaced; one that keeps dying without a job is given up.

import { RuntimeError } from '../../core/errors.ts';
import { openChannel, type Channel } from './channel.ts';
import type { PoolSettings } from './options.ts';
import type { FromWorker, Ready, ToWorker, WorkerSpec } from './protocol.ts';
import { decodeThrown } from './wire-errors.ts';

/** A run on its way through the pool. */
export interface Job {
  readonly message: Extract<ToWorker, { readonly kind: 'run' }>;
  done(message: Extract<FromWorker, { readonly kind: 'done' }>): void;
  failed(error: unknown, bytes?: Uint8Array<ArrayBuffer>): void;
}

/** What the pool learns of its workers. */
export interface WorkerEvents {
  /** A worker has become free. */
  free(): void;
  /** A worker has been given up. */
  lost(error: unknown): void;
}

type State = 'starting' | 'free' | 'busy' | 'closing' | 'ended';

/** Deaths in a row outside of runs after which a worker is not replaced. */
const mostDeaths = 3;

const ended = (index: number, when: string, actual: string, cause: unknown): RuntimeError =>
  new RuntimeError({
    where: when === 'during the run' ? 'InferenceSession.run' : 'the pool of workers',
    what: `worker ${index} of the pool`,
    rule: `ended ${when}`,
    actual,
    cause,
    hint: 'kernels and their modules must not end the thread; isolation: "process" survives crashes of native code',
  });

/** A worker and its replacements. */
export class PoolWorker {
  readonly index: number;
  readonly #spec: WorkerSpec;
  readonly #settings: PoolSettings;
  readonly #events: WorkerEvents;
  #channel!: Channel;
  #state: State = 'starting';
  #job: Job | undefined;
  #deaths = 0;
  #starting!: { resolve(ready: Ready): void; reject(error: unknown): void };
  #whenEnded: (() => void) | undefined;

  constructor(index: number, spec: WorkerSpec, settings: PoolSettings, events: WorkerEvents) {
    this.index = index;
    this.#spec = spec;
    this.#settings = settings;
    this.#events = events;
  }

  /** Whether it can take a job. */
  get isFree(): boolean {
    return this.#state === 'free';
  }

  /** Starts the worker and creates its session.
   * @throws What the creation of the session threw, or why the worker ended. */
  start(): Promise<Ready> {
    this.#state = 'starting';
    const ready = new Promise<Ready>((resolve, reject) => {
      this.#starting = { resolve, reject };
    });
    // What a worker that failed to start still reports is not its successor's.
    const isCurrent = (): boolean => this.#channel === channel;
    const channel = openChannel(this.index, this.#settings, {
      message: (message) => (isCurrent() ? this.#message(message) : undefined),
      end: (reason, cause) => (isCurrent() ? this.#ended(reason, cause) : undefined),
    });
    this.#channel = channel;
    channel.post({ kind: 'create', spec: this.#spec });
    return ready;
  }

  /** Hands a job over; its feeds' buffer is handed over too where the worker is a thread.
   * @returns Whether the feeds' buffer stayed here. */
  run(job: Job): boolean {
    const { bytes } = job.message.feeds;
    this.#state = 'busy';
    this.#job = job;
    this.#channel.hold(true);
    this.#channel.post(job.message, [bytes.buffer]);
    return !this.#channel.transfers;
  }

  /** Takes a job back that could not be posted. */
  withdraw(job: Job): void {
    if (this.#job !== job) return;
    this.#job = undefined;
    this.#becomeFree();
  }

  /** Tells the worker that nobody waits for its job any more. */
  abort(job: Job): void {
    if (this.#job === job) this.#channel.post({ kind: 'abort' });
  }

  /** Posts a message that has no answer. */
  tell(kind: 'startProfiling' | 'endProfiling'): void {
    if (this.#state !== 'ended') this.#channel.post({ kind });
  }

  /** Releases the session and ends the worker; call it when no job is under way. */
  async close(): Promise<void> {
    if (this.#state === 'ended') return;
    const end = new Promise<void>((resolve) => (this.#whenEnded = resolve));
    // One that is starting reads this when it has a session.
    this.#state = 'closing';
    this.#channel.hold(true);
    this.#channel.post({ kind: 'close' });
    await end;
  }

  #message(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        if (this.#state !== 'starting') return;
        this.#starting.resolve(message.ready);
        this.#becomeFree();
        return;
      case 'failed':
        if (this.#state === 'starting') this.#state = 'closing';
        this.#starting.reject(decodeThrown(message.error));
        this.#channel.kill();
        return;
      case 'done':
        this.#deaths = 0;
        this.#takeJob()?.done(message);
        this.#becomeFree();
        return;
      case 'rejected':
        this.#deaths = 0;
        this.#takeJob()?.failed(decodeThrown(message.error), message.bytes);
        this.#becomeFree();
        return;
      case 'closed':
        this.#channel.kill();
    }
  }

  #takeJob(): Job | undefined {
    const job = this.#job;
    this.#job = undefined;
    return job;
  }

  #becomeFree(): void {
    if (this.#state === 'closing') return;
    this.#state = 'free';
    this.#channel.hold(false);
    this.#events.free();
  }

  #ended(reason: string, cause: unknown): void {
    const state = this.#state;
    this.#state = 'ended';
    const job = this.#takeJob();
    if (state === 'closing') {
      this.#whenEnded?.();
      return;
    }
    if (state === 'starting') {
      this.#starting.reject(ended(this.index, 'before its session was created', reason, cause));
      return;
    }
    if (job === undefined) this.#deaths++;
    void this.#replace(ended(this.index, 'between runs', reason, cause));
    job?.failed(ended(this.index, 'during the run', reason, cause));
  }

  async #replace(death: unknown): Promise<void> {
    let last = death;
    while (this.#deaths < mostDeaths) {
      try {
        await this.start();
        return;
      } catch (error) {
        this.#deaths++;
        last = error;
        if (this.#whenEnded !== undefined) return;
      }
    }
    this.#state = 'ended';
    this.#events.lost(last);
  }
}
