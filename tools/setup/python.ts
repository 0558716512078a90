// Virtual environments of Python with packages of PyPI, which tests compare with.

import { join } from 'node:path';
import { answers, runCommand } from './command.ts';

const pythons = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
const timeoutMs = 10 * 60_000;

/** Runs a step of a set-up; one that fails is told by `fail`, with the last it printed. */
export type Step = (program: string, args: readonly string[], rule: string) => Promise<void>;

/** Steps of a set-up that report by `fail`. */
export const stepsOf =
  (fail: (rule: string, actual: string) => never): Step =>
  async (program, args, rule) => {
    const { status, tail } = await runCommand(program, args, { timeoutMs });
    if (status !== 0) fail(rule, tail);
  };

/** What an environment holds. */
export interface EnvironmentOptions {
  /** The oldest Python 3 that will do: 10 is 3.10. */
  readonly minor: number;
  /** Packages as pip takes them: `onnx==1.23.2`. */
  readonly packages: readonly string[];
  /** What a Python is needed for, as a rule of an error. */
  readonly need: string;
  /** Throws the error of who needs it. */
  readonly fail: (rule: string, actual: string) => never;
}

/** Makes an environment in an empty folder.
 * @returns Its Python. */
export const makeEnvironment = async (
  folder: string,
  { minor, packages, need, fail }: EnvironmentOptions,
): Promise<string> => {
  const step = stepsOf(fail);
  const usable = ['-c', `import venv, ensurepip, sys; assert sys.version_info >= (3, ${minor})`];
  let base: string | undefined;
  for (const python of pythons)
    if (base === undefined && (await answers(python, usable))) base = python;
  if (base === undefined) return fail(need, 'none on PATH');
  await step(base, ['-m', 'venv', folder], 'needs a virtual environment');
  const own = join(folder, 'bin', 'python');
  const install = ['install', '--quiet', '--disable-pip-version-check', '--no-cache-dir'];
  await step(own, ['-m', 'pip', ...install, ...packages], 'must install');
  return own;
};
