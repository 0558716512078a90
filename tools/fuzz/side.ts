// One side of the comparison: a worker process that is restarted after a crash or a hang, which become the outcome of the subject
// that was under way.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Attempt } from './outcome.ts';

/** Which subjects, from what. */
export interface Batch {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly corpus: string;
  readonly limit: number;
}

/** What a batch came to: an attempt an index, and the memory the process had at its end (0 where it crashed on the way). */
export interface SideResult {
  readonly attempts: ReadonlyMap<number, Attempt>;
  readonly rssBytes: number;
  /** Length of the last uninterrupted stretch, which the memory belongs to. */
  readonly stretch: number;
}

const timeoutMs = 20_000;
/** Address space of a worker: a tensor of a billion elements is an error, not a machine that swaps. */
const addressBytes = 12 * 2 ** 30;
const prlimit = '/usr/bin/prlimit';
/** The built worker, seen from the built file and from the source. */
const worker = ['./worker.js', '../../dist/tools/fuzz/worker.js']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

interface Stretch {
  /** Index that was under way when the process ended; undefined where it came to its end. */
  readonly under: number | undefined;
  readonly how: Attempt;
  readonly rssBytes: number;
}

const runStretch = (
  role: 'plain' | 'ours',
  { seed, from, count, corpus, limit }: Batch,
  attempts: Map<number, Attempt>,
): Promise<Stretch> =>
  new Promise((resolve, reject) => {
    if (worker === undefined) {
      reject(new Error('fuzz: the worker is not built; run `npm run build`'));
      return;
    }
    const node = [process.execPath, '--expose-gc', worker, role];
    const args = [...node, ...[seed, from, count].map(String), corpus, String(limit)];
    const [program, ...rest] = existsSync(prlimit)
      ? [prlimit, `--as=${addressBytes}`, '--core=0', ...args]
      : args;
    const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    let under: number | undefined = from;
    let rssBytes = 0;
    let isHanging = false;
    let hasBegun = false;
    let errors = '';
    let timer: NodeJS.Timeout | undefined;
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isHanging = true;
        child.kill('SIGKILL');
      }, timeoutMs);
    };
    watch();
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-500);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      watch();
      hasBegun = true;
      const [word, number, ...more] = line.split(' ');
      if (word === 'start') under = Number(number);
      else if (word === 'end') {
        under = undefined;
        attempts.set(Number(number), JSON.parse(more.join(' ')) as Attempt);
      } else if (word === 'memory') rssBytes = Number(number);
    });
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      if (!hasBegun) {
        reject(new Error(`fuzz: the worker does not start: ${errors}`));
        return;
      }
      const message = signal ?? `exit status ${status}`;
      const how: Attempt = isHanging
        ? { end: 'hang', message: `no end within ${timeoutMs} ms` }
        : { end: 'crash', message: `${message}: ${errors.trim()}` };
      resolve({ under, how, rssBytes });
    });
  });

/** Tries a batch. */
export const runSide = async (role: 'plain' | 'ours', batch: Batch): Promise<SideResult> => {
  const attempts = new Map<number, Attempt>();
  const end = batch.from + batch.count;
  let from = batch.from;
  for (;;) {
    const { under, how, rssBytes } = await runStretch(
      role,
      { ...batch, from, count: end - from },
      attempts,
    );
    if (under === undefined && rssBytes > 0) return { attempts, rssBytes, stretch: end - from };
    // Between two subjects: the next one had not begun; it is tried anew.
    const at = under ?? Math.max(from - 1, ...attempts.keys());
    if (under !== undefined) attempts.set(under, how);
    from = at + 1;
    if (from >= end) return { attempts, rssBytes: 0, stretch: 0 };
  }
};
