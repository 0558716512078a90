// The two ways to have a worker: a thread, or a process of its own. A channel posts messages and reports those that come, and the end.

import type * as childProcess from 'node:child_process';
import type * as urls from 'node:url';
import type * as workerThreads from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import type { PoolResourceLimits, PoolSettings } from './options.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** What a channel reports. */
export interface ChannelEvents {
  message(message: FromWorker): void;
  /** The worker has ended, for whatever reason. Told once, last.
   * @param reason - `exit code 1`, `signal SIGABRT`, or the message of the error that ended it. */
  end(reason: string, cause: unknown): void;
}

/** A worker's two ends. */
export interface Channel {
  /** Posts a message. Where `transfers` is false, buffers are copied and stay usable. */
  post(message: ToWorker, transfer?: readonly ArrayBuffer[]): void;
  readonly transfers: boolean;
  /** Whether the program must not end before the worker. */
  hold(isHeld: boolean): void;
  /** Ends the worker. Never during a run: that aborts the whole process where the worker is a thread. */
  kill(): void;
}

/** Node's modules, handed out by the process: bundlers for the web, which see this file too, look for none. */
const nodeModules = (): {
  readonly child: typeof childProcess;
  readonly threads: typeof workerThreads;
  readonly url: typeof urls;
} => ({
  child: process.getBuiltinModule('node:child_process'),
  threads: process.getBuiltinModule('node:worker_threads'),
  url: process.getBuiltinModule('node:url'),
});

/** The worker's file, beside this one. Run from the TypeScript sources, as tests are, it is the built one. */
export const workerFile = (here: string = import.meta.url): URL => {
  // In two steps: bundlers take `new URL('...', import.meta.url)` for a file of the page.
  const name = here.endsWith('.ts') ? '../../../dist/src/runtime/pool/worker.js' : './worker.js';
  return new URL(name, here);
};

const openThread = (
  index: number,
  resourceLimits: PoolResourceLimits,
  events: ChannelEvents,
): Channel => {
  const { Worker } = nodeModules().threads;
  const worker = new Worker(workerFile(), {
    name: `sharmix-pool-${index}`,
    resourceLimits: { ...resourceLimits },
  });
  let cause: unknown;
  worker.on('message', (message: FromWorker) => events.message(message));
  worker.on('error', (error: unknown) => {
    cause = error;
  });
  worker.on('exit', (code) =>
    events.end(cause === undefined ? `exit code ${code}` : messageOf(cause), cause),
  );
  return {
    transfers: true,
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    kill: () => void worker.terminate(),
  };
};

const openProcess = (
  { maxOldGenerationSizeMb }: PoolResourceLimits,
  events: ChannelEvents,
): Channel => {
  const { child, url } = nodeModules();
  const env = { ...process.env };
  if (maxOldGenerationSizeMb !== undefined) {
    const limit = `--max-old-space-size=${Math.ceil(maxOldGenerationSizeMb)}`;
    env['NODE_OPTIONS'] = `${env['NODE_OPTIONS'] ?? ''} ${limit}`.trim();
  }
  const worker = child.fork(url.fileURLToPath(workerFile()), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env,
  });
  let hasEnded = false;
  const end = (reason: string, cause: unknown): void => {
    if (hasEnded) return;
    hasEnded = true;
    events.end(reason, cause);
  };
  worker.on('message', (message) => events.message(message as FromWorker));
  worker.on('error', (error) => end(error.message, error));
  worker.on('exit', (code, signal) =>
    end(signal === null ? `exit code ${code}` : `signal ${signal}`, undefined),
  );
  return {
    transfers: false,
    // An error here means that the process has gone: its end is reported.
    post: (message) => void worker.send(message, () => undefined),
    hold: (isHeld) => {
      if (isHeld) {
        worker.ref();
        worker.channel?.ref();
      } else {
        worker.unref();
        worker.channel?.unref();
      }
    },
    kill: () => void worker.kill('SIGKILL'),
  };
};

/** Starts a worker. */
export const openChannel = (
  index: number,
  { isolation, resourceLimits }: PoolSettings,
  events: ChannelEvents,
): Channel =>
  isolation === 'thread'
    ? openThread(index, resourceLimits, events)
    : openProcess(resourceLimits, events);
