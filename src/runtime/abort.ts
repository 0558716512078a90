// Cancelled runs: the option `signal` of a run. The one place that reads, checks and waits with it.

import { typeError } from '../core/errors.ts';
import type { RunOptions } from './ort-types.ts';
import type { TaskQueue } from './queue.ts';

/** The signal of a run's options; undefined where there is none.
 * @throws {TypeError} It is no AbortSignal. */
export const signalOf = ({ signal }: RunOptions): AbortSignal | undefined => {
  if (signal === undefined) return undefined;
  if (typeof signal?.throwIfAborted === 'function') return signal;
  throw typeError({
    where: 'InferenceSession.run',
    what: 'the run option signal',
    rule: 'must be an AbortSignal',
    actual: signal === null ? 'null' : typeof signal,
    hint: 'new AbortController().signal, or AbortSignal.timeout(milliseconds)',
  });
};

/** The options onnxruntime gets: it knows no signal. */
export const withoutSignal = (options: RunOptions): RunOptions => {
  const { signal: _, ...rest } = options;
  return rest;
};

/** Runs `task` in its turn. A signal that aborts before the turn has come rejects at once, and the task never starts.
 * @throws The signal's reason. */
export const inTurn = <T>(
  queue: Pick<TaskQueue, 'run'>,
  signal: AbortSignal | undefined,
  task: () => Promise<T>,
): Promise<T> => {
  if (signal === undefined) return queue.run(task);
  return new Promise<T>((resolve, reject) => {
    const cancel = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', cancel, { once: true });
    const turn = queue.run(async () => {
      signal.removeEventListener('abort', cancel);
      signal.throwIfAborted();
      return task();
    });
    turn.then(resolve, reject);
  });
};
