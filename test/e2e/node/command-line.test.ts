// The built command on bad input: one clear line, no stack trace, exit code 1 (failed) or 2 (wrong use), nothing left behind.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallClassifier } from './small-classifier.ts';

const main = fileURLToPath(new URL('../../../dist/tools/cli/main.js', import.meta.url));
let folder = '';

const sharmix = (...args: readonly string[]) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  return { stdout, stderr, status };
};

const customOperatorModel = async (): Promise<Uint8Array> => {
  const { ModelBuilder } = await import('../../../src/onnx/index.ts');
  const { defineOp, missing } = await import('../../../src/schema/index.ts');
  const op = defineOp({
    type: 'Unheard',
    domain: 'com.example',
    version: 1,
    inputs: { x: 'T' },
    outputs: { y: 'T' },
    attributes: {},
    types: { T: ['float32'] },
    infer: ({ x }) => ({ y: x }),
    kernel: ({ x }) => ({ y: x }),
    shader: missing('not needed'),
    body: missing('not needed'),
    grad: missing('not needed'),
  });
  const model = new ModelBuilder();
  const x = model.input('tokens', 'float32', ['N', 3]);
  const { y } = model.customOp(op, { x }, {}, { functionBody: false });
  model.output(y!, 'probabilities', 'float32', ['N', 3]);
  return model.build();
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sharmix-command-'));
  const model = await smallClassifier();
  writeFileSync(join(folder, 'model.onnx'), model);
  writeFileSync(join(folder, 'truncated.onnx'), model.subarray(0, model.length >> 1));
  writeFileSync(join(folder, 'text.onnx'), 'hello');
  writeFileSync(join(folder, 'unknown.onnx'), await customOperatorModel());
  writeFileSync(join(folder, 'empty.csv'), '');
  writeFileSync(join(folder, 'one-class.csv'), 'body,kind\nx,1\ny,1\n');
  mkdirSync(join(folder, 'exists'));
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const train = ['train', 'text-classifier', '--out', 'run'];
const columns = ['--text', 'body', '--label', 'kind'];

describe('the command on bad input', { timeout: 60_000 }, () => {
  it.each<[string, readonly string[], number, RegExp]>([
    ['a missing CSV', [...train, '--data', 'no.csv', ...columns], 1, /no\.csv.*no such file/],
    ['an empty CSV', [...train, '--data', 'empty.csv', ...columns], 1, /header line/],
    [
      'a CSV of one class',
      [...train, '--data', 'one-class.csv', ...columns],
      1,
      /two classes at least, got only "1"/,
    ],
    [
      'an unknown column',
      [...train, '--data', 'one-class.csv', '--text', 'subject', '--label', 'kind'],
      1,
      /column "subject".*the columns are "body", "kind"/,
    ],
    ['columns without names', [...train, '--data', 'empty.csv'], 2, /needs --text COLUMN/],
    ['an unknown normaliser', [...train, '--normaliser', 'hardmax'], 2, /Allowed choices are/],
    ['an index out of range', [...train, '--q', '3'], 2, /q must be in \[1\.01, 2\].*got 3/],
    ['an index that is no number', [...train, '--r', 'x'], 2, /must be a number/],
    [
      'an output folder that exists',
      ['train', 'text-classifier', '--out', 'exists'],
      1,
      /must not exist yet/,
    ],
    ['a run that is none', ['export', 'exists', '--out', 'new.onnx'], 1, /must be a finished run/],
    ['an output file that exists', ['export', 'run', '--out', 'model.onnx'], 1, /--force/],
    ['an opset out of range', ['export', 'run', '--out', 'new.onnx', '--opset', '7'], 2, /opset/],
    ['a file that is no ONNX', ['classify', 'text.onnx', 'hi'], 1, /whole ONNX model, got 5 bytes/],
    ['a truncated file', ['classify', 'truncated.onnx', 'hi'], 1, /end too early/],
    ['a missing model', ['classify', 'no.onnx', 'hi'], 1, /no\.onnx.*can be read/],
    [
      'a model with an unknown custom operator',
      ['classify', 'unknown.onnx', 'hi'],
      1,
      /unknown\.onnx/,
    ],
    ['no text', ['classify', 'model.onnx'], 2, /give texts, or --file/],
    ['an unknown provider', ['classify', 'model.onnx', 'hi', '--provider', 'gpu'], 2, /Allowed/],
    ['a site folder that exists', ['deploy', 'model.onnx', '--out', 'exists'], 1, /must not exist/],
    ['a site of no model', ['deploy', 'text.onnx', '--out', 'new-site'], 1, /ONNX/],
    ['an unknown command', ['frobnicate'], 2, /unknown command 'frobnicate'/],
  ])('names %s', (_, args, code, message) => {
    const before = readdirSync(folder).sort();
    const { stdout, stderr, status } = sharmix(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(status).toBe(code);
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it('classifies with the kernel and with the function body alike', () => {
    const [ours, stock] = ['custom-ops', 'stock'].map((provider) => {
      const { stdout, stderr, status } = sharmix(
        'classify',
        'model.onnx',
        'free prize',
        'a recipe with cheese',
        '--provider',
        provider,
        '--json',
      );
      expect(stderr).toBe('');
      expect(status).toBe(0);
      return stdout
        .trim()
        .split('\n')
        .map(
          (line) => JSON.parse(line) as { label: string; probabilities: Record<string, number> },
        );
    });
    expect(ours!.map(({ label }) => label)).toEqual(['spam', 'cooking']);
    ours!.forEach(({ label, probabilities }, i) => {
      expect(stock![i]!.label).toBe(label);
      for (const [name, p] of Object.entries(probabilities)) {
        expect(stock![i]!.probabilities[name]).toBeCloseTo(p, 5);
      }
    });
  });

  it('writes a site that has all it needs', () => {
    const { status } = sharmix('deploy', 'model.onnx', '--out', 'site');
    expect(status).toBe(0);
    for (const name of ['index.html', 'page.js', 'style.css', 'model.onnx', 'ort']) {
      expect({ name, found: existsSync(join(folder, 'site', name)) }).toEqual({
        name,
        found: true,
      });
    }
  });

  it.each([
    ['train'],
    ['train text-classifier'],
    ['export'],
    ['classify'],
    ['deploy'],
    ['doctor'],
    ['setup'],
  ])('has a help text: %s', (command) => {
    const { stdout, stderr, status } = sharmix(...command.split(' '), '--help');
    expect(stdout).toContain(`Usage: sharmix ${command}`);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
