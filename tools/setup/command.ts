// Runs a program of the system within a time limit, its whole process group stopped when the time is over.

import { spawn } from 'node:child_process';

/** How a program ended. */
export interface CommandResult {
  /** Exit status; undefined where the program was not found, was stopped by a signal or ran out of time. */
  readonly status: number | undefined;
  /** The last lines it wrote (standard output and errors together), or why it did not run. */
  readonly tail: string;
  readonly timedOut: boolean;
}

/** Where a program runs. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Let the user see the program's output, on standard error (progress bars too). Its tail is empty then. */
  readonly show?: boolean;
}

const tailLength = 4000;

/** Runs `program` and waits for it; never rejects. */
export const runCommand = (
  program: string,
  args: readonly string[],
  { cwd, env, timeoutMs, show = false }: CommandOptions,
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const windows = process.platform === 'win32';
    const child = spawn(program, args, {
      stdio: show ? ['ignore', 2, 2] : ['ignore', 'pipe', 'pipe'],
      detached: !windows,
      shell: windows,
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
    });
    let tail = '';
    let timedOut = false;
    const keep = (chunk: Buffer): void => {
      tail = (tail + chunk.toString()).slice(-tailLength);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const stop = (): void => {
      if (child.pid === undefined) return;
      try {
        if (windows) child.kill();
        else process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended by itself at this very moment.
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ status: undefined, tail: error.message, timedOut });
    });
    child.once('close', (status) => {
      clearTimeout(timer);
      resolve({ status: status ?? undefined, tail: tail.trim(), timedOut });
    });
  });

/** Whether a program answers to `args` with status 0. */
export const answers = async (program: string, args: readonly string[]): Promise<boolean> =>
  (await runCommand(program, args, { timeoutMs: 20_000 })).status === 0;
