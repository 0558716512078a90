// The node cases of PyPI's onnx, newest release, written once into the cache: releases since 1.23 carry the code that makes the
// cases but not their files. The virtual environment that makes them is thrown away.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuntimeError } from '../../src/core/errors.ts';
import { currentRuntime } from '../../src/onnx/index.ts';
import { cached } from './cache.ts';
import { answers, runCommand } from './command.ts';

/** Release of onnx whose cases are made. */
const onnxCasesVersion = '1.23.2';

const pythons = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
const timeoutMs = 10 * 60_000;

/** The script beside this file's source, seen from there and from the built file. */
const script = ['./onnx_cases.py', '../../../tools/setup/onnx_cases.py']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

const fail = (rule: string, actual: string): never => {
  throw new RuntimeError({
    where: 'node cases of onnx',
    what: `onnx ${onnxCasesVersion} of PyPI`,
    rule,
    actual,
    hint: 'they need Python >= 3.10 with venv, and a package index that pip reaches',
  });
};

const findPython = async (): Promise<string> => {
  const usable = ['-c', 'import venv, ensurepip, sys; assert sys.version_info >= (3, 10)'];
  for (const python of pythons) if (await answers(python, usable)) return python;
  return fail('needs a Python to be made with', 'none on PATH');
};

const fill = async (folder: string): Promise<void> => {
  const environment = join(folder, '.venv');
  const own = join(environment, 'bin', 'python');
  const step = async (program: string, args: readonly string[], rule: string): Promise<void> => {
    const { status, tail } = await runCommand(program, args, { timeoutMs });
    if (status !== 0) fail(rule, tail);
  };
  await step(await findPython(), ['-m', 'venv', environment], 'needs a virtual environment');
  const install = ['install', '--quiet', '--disable-pip-version-check', '--no-cache-dir'];
  await step(own, ['-m', 'pip', ...install, `onnx==${onnxCasesVersion}`], 'must install');
  if (script === undefined) return fail('are made by onnx_cases.py', 'no such file');
  await step(own, [script, folder, String(currentRuntime.opset)], 'must write its cases');
  await rm(environment, { recursive: true, force: true });
};

/** The folder with a folder a case (`model.onnx`, `test_data_set_N`), of every opset the current onnxruntime reads. Made where
 * the cache lacks it.
 * @throws {RuntimeError} No Python, or pip cannot install onnx. */
export const ensureOnnxCases = ({
  log,
}: {
  readonly log: (line: string) => void;
}): Promise<string> =>
  cached(`onnx-node-cases-${onnxCasesVersion}-opset-${currentRuntime.opset}`, async (folder) => {
    log(`making the node cases of onnx ${onnxCasesVersion} (once)`);
    await fill(folder);
  });
