// The node cases of PyPI's onnx, newest release, written once into the cache: releases since 1.23 carry the code that makes the
// cases but not their files. The virtual environment that makes them is thrown away.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuntimeError } from '../../src/core/errors.ts';
import { currentRuntime } from '../../src/onnx/index.ts';
import { cached } from './cache.ts';
import { makeEnvironment, stepsOf } from './python.ts';

/** Release of onnx whose cases are made. */
const onnxCasesVersion = '1.23.2';

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

const fill = async (folder: string): Promise<void> => {
  const environment = join(folder, '.venv');
  const own = await makeEnvironment(environment, {
    minor: 10,
    packages: [`onnx==${onnxCasesVersion}`],
    need: 'needs a Python to be made with',
    fail,
  });
  if (script === undefined) return fail('are made by onnx_cases.py', 'no such file');
  await stepsOf(fail)(own, [script, folder, String(currentRuntime.opset)], 'must write its cases');
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
