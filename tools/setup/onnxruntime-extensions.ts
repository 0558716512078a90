// A Python with PyPI's onnxruntime-extensions, which the operators of ops/contrib are compared with: a virtual environment made once
// in the cache.

import { join } from 'node:path';
import { RuntimeError } from '../../src/core/errors.ts';
import { cached } from './cache.ts';
import { makeEnvironment } from './python.ts';

/** Release of onnxruntime-extensions the operators are compared with. */
const extensionsVersion = '0.15.2';
const onnxruntimeVersion = '1.32.0';
const sentencepieceVersion = '0.2.3';

const fail = (rule: string, actual: string): never => {
  throw new RuntimeError({
    where: 'onnxruntime-extensions',
    what: `release ${extensionsVersion} of PyPI`,
    rule,
    actual,
    hint: 'it needs Python >= 3.11 with venv, and a package index that pip reaches',
  });
};

const fill = async (folder: string): Promise<void> => {
  await makeEnvironment(folder, {
    minor: 11,
    packages: [
      `onnxruntime-extensions==${extensionsVersion}`,
      `onnxruntime==${onnxruntimeVersion}`,
      `sentencepiece==${sentencepieceVersion}`,
    ],
    need: 'needs a Python to run in',
    fail,
  });
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
