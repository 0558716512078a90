// PyPI's onnx package accepts every body: checker with full shape inference. Takes a Python where `import onnx` works, else makes a
// virtual environment in the user's cache once.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { inlineModel, maxOpset, minOpset } from '../../src/onnx/index.ts';
import { modelOf } from './body-support.ts';

const run = promisify(execFile);

const works = async (python: string, code: string): Promise<boolean> => {
  try {
    await run(python, ['-c', code]);
    return true;
  } catch {
    return false;
  }
};

const firstThat = async (pythons: readonly string[], code: string): Promise<string | undefined> => {
  for (const python of pythons) if (await works(python, code)) return python;
  return undefined;
};

/** A Python with onnx, or why there is none. */
const pythonWithOnnx = async (): Promise<{ python: string } | { missing: string }> => {
  const system = ['python3', 'python', 'python3.11', 'python3.12', 'python3.13'];
  const cache = join(homedir(), '.cache', 'sharmix', 'onnx-checker');
  const own = join(cache, 'bin', 'python');
  const known = await firstThat([own, ...system], 'import onnx');
  if (known !== undefined) return { python: known };
  const base = await firstThat(system, 'import venv, sys; assert sys.version_info >= (3, 10)');
  if (base === undefined) return { missing: 'no Python >= 3.10 with venv on PATH' };
  try {
    mkdirSync(join(homedir(), '.cache', 'sharmix'), { recursive: true });
    await run(base, ['-m', 'venv', cache]);
    await run(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'onnx']);
  } catch (error) {
    return { missing: `pip install onnx failed: ${String(error)}` };
  }
  return { python: own };
};

const found = await pythonWithOnnx();
const missing = 'missing' in found ? found.missing : undefined;

const script = `
import glob, sys
import onnx
failed = 0
paths = sorted(glob.glob(sys.argv[1] + '/*.onnx'))
for path in paths:
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
    except Exception as error:
        failed += 1
        print(path, error)
print(len(paths), 'models,', failed, 'refused')
`;

describe('PyPI onnx checker', () => {
  it('is at hand in continuous integration', () => {
    expect(process.env['CI'] === undefined ? undefined : missing).toBeUndefined();
  });

  it.skipIf(missing !== undefined)(
    `accepts the body of every signature in every opset${missing === undefined ? '' : ` (skipped: ${missing})`}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sharmix-bodies-'));
      let count = 0;
      for (let opset = minOpset; opset <= maxOpset; opset++) {
        for (const dtype of ['float32', 'float64', 'float16'] as const) {
          for (const coupling of ['exact', 'entmax'] as const) {
            for (const q of [true, false]) {
              for (const r of [true, false]) {
                const bytes = modelOf({
                  dtype,
                  q,
                  r,
                  opset,
                  dims: ['N', 'C'],
                  attributes: { coupling },
                });
                writeFileSync(join(folder, `${count++}.onnx`), bytes);
              }
            }
          }
        }
      }
      const { stdout } = await run('python' in found ? found.python : '', ['-c', script, folder]);
      rmSync(folder, { recursive: true });
      expect(stdout.trim()).toBe(`${count} models, 0 refused`);
    },
  );

  it.skipIf(missing !== undefined)('accepts models with their functions expanded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sharmix-expanded-'));
    let count = 0;
    for (let opset = minOpset; opset <= maxOpset; opset++) {
      const bytes = inlineModel(modelOf({ opset, dims: ['N', 'C'] }));
      writeFileSync(join(folder, `${count++}.onnx`), bytes);
    }
    const { stdout } = await run('python' in found ? found.python : '', ['-c', script, folder]);
    rmSync(folder, { recursive: true });
    expect(stdout.trim()).toBe(`${count} models, 0 refused`);
  });
});
