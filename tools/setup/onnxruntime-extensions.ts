// A Python with PyPI's onnxruntime-extensions, which the operators of ops/contrib are compared with: a virtual environment made once
// in the cache.

import { join } from 'node:path';
import { RuntimeError } from '../../src/core/errors.ts';
import { cached } from './cache.ts';
import { answers, runCommand } from './command.ts';

/** Release of onnxruntime-extensions the operators are compared with. */
const extensionsVersion = '0.15.2';
const onnxruntimeVersion = '1.32.0';
const sentencepieceVersion = '0.2.3';

const pythons = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
const timeoutMs = 10 * 60_000;

const fail = (rule: string, actual: string): never => {
  throw new RuntimeError({
    where: 'onnxruntime-extensions',
    what: `release ${extensionsVersion} of PyPI`,
    rule,
    actual,
    hint: 'it needs Python >= 3.11 with venv, and a package index that pip reaches',
  });
};

const findPython = async (): Promise<string> => {
  const usable = ['-c', 'import venv, ensurepip, sys; assert sys.version_info >= (3, 11)'];
  for (const python of pythons) if (await answers(python, usable)) return python;
  return fail('needs a Python to run in', 'none on PATH');
};

const fill = async (folder: string): Promise<void> => {
  const step = async (program: string, args: readonly string[], rule: string): Promise<void> => {
    const { status, tail } = await runCommand(program, args, { timeoutMs });
    if (status !== 0) fail(rule, tail);
  };
  await step(await findPython(), ['-m', 'venv', folder], 'needs a virtual environment');
  const install = ['install', '--quiet', '--disable-pip-version-check', '--no-cache-dir'];
  const packages = [
    `onnxruntime-extensions==${extensionsVersion}`,
    `onnxruntime==${onnxruntimeVersion}`,
    `sentencepiece==${sentencepieceVersion}`,
  ];
  const python = join(folder, 'bin', 'python');
  await step(python, ['-m', 'pip', ...install, ...packages], 'must install');
};

/** The Python of an environment with onnxruntime-extensions, made where the cache lacks it.
 * @throws {RuntimeError} No Python, or pip cannot install it. */
export const ensureExtensions = async ({
  log,
}: {
  readonly log: (line: string) => void;
}): Promise<string> => {
  const name = `onnxruntime-extensions-${extensionsVersion}-${onnxruntimeVersion}`;
  const folder = await cached(name, async (draft) => {
    log(`installing onnxruntime-extensions ${extensionsVersion} (once)`);
    await fill(draft);
  });
  return join(folder, 'bin', 'python');
};
