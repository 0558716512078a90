// `sharmix new-op` as a user meets it: the package installed from its tarball in an empty project, the scaffold's test green as it
// is, and the guide of ops/README.md followed to the end with the code it shows.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
let folder = '';

const run = (command: string, args: readonly string[], cwd = folder) => {
  const { stdout, stderr, status } = spawnSync(command, [...args], { cwd, encoding: 'utf8' });
  return { stdout, stderr, status };
};

const sharmix = (...args: readonly string[]) =>
  run(process.execPath, [join(folder, 'node_modules/sharmix/dist/tools/cli/main.js'), ...args]);

const nodeTest = (file: string) => run(process.execPath, ['--test', file]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sharmix-new-op-'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  execFileSync('tar', ['-xzf', archive], { cwd: folder });
  // What npm would install, from this checkout: the package's own files come out of the tarball.
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name.startsWith('.') || name === 'sharmix') continue;
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  execFileSync('mv', ['package', 'node_modules/sharmix'], { cwd: folder });
  writeFileSync(join(folder, 'package.json'), '{"name": "my-operators", "type": "module"}');
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Code blocks of the guide by the file their first line names. */
const guide = (): ReadonlyMap<string, string> => {
  const text = readFileSync(join(root, 'ops/README.md'), 'utf8');
  const blocks = text.matchAll(/^```js (\S+)\n([\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, file, code]) => [file!, code!]));
};

describe('sharmix new-op', { timeout: 120_000 }, () => {
  it('writes an operator that passes its own test, and says what could not be tested', () => {
    const made = sharmix('new-op', 'soft-clip');
    expect(made.stderr).toBe('');
    expect(made.stdout).toContain('com.example@1::SoftClip in soft-clip');
    expect(readFileSync(join(folder, 'soft-clip/index.js'), 'utf8')).toContain(
      "package: 'my-operators'",
    );
    const { stdout, status } = nodeTest('soft-clip/soft-clip.test.js');
    expect(stdout).toContain('passed: com.example@1::SoftClip, kernel, float64: 17 cases');
    expect(stdout).toContain('passed: com.example@1::SoftClip, body-node, float32: 17 cases');
    expect(stdout).toContain('passed: com.example@1::SoftClip, gradient, float64');
    expect(stdout).toMatch(/untested: com\.example@1::SoftClip, wgsl: .*webgpu/);
    expect(status).toBe(0);
  });

  it('leaves no word of the template behind', () => {
    const text = readdirSync(join(folder, 'soft-clip'))
      .map((file) => readFileSync(join(folder, 'soft-clip', file), 'utf8'))
      .join('\n');
    expect(text).not.toMatch(/template/i);
    expect(text).not.toContain('../src');
  });

  it('writes a test that fails where a form is wrong', () => {
    sharmix('new-op', 'wrong-op', '--domain', 'com.wrong');
    const path = join(folder, 'wrong-op/body.js');
    const body = readFileSync(path, 'utf8');
    writeFileSync(path, body.replace("graph.op('Abs', [scaled])", 'scaled'));
    const { stdout, status } = nodeTest('wrong-op/wrong-op.test.js');
    expect(status).toBe(1);
    expect(stdout).toContain('com.wrong@1::WrongOp: the forms body-node must agree');
  });

  it('takes the reader of the guide to a working operator', () => {
    expect(sharmix('new-op', 'squareplus').status).toBe(0);
    const blocks = guide();
    expect([...blocks.keys()]).toEqual([
      'squareplus/schema.js',
      'squareplus/kernel.js',
      'squareplus/cases.js',
      'squareplus/body.js',
      'squareplus/index.js',
      'squareplus/grad.js',
      'use.js',
    ]);
    for (const [file, code] of blocks) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), code);
    }
    const tested = nodeTest('squareplus/squareplus.test.js');
    expect(tested.stdout).toContain('passed: com.example@1::Squareplus, body-node, float64');
    expect(tested.stdout).toContain('passed: com.example@1::Squareplus, gradient');
    expect(tested.stdout).toContain('missing: com.example@1::Squareplus, wgsl: runs in JS until');
    expect(tested.status).toBe(0);
    const used = run(process.execPath, ['use.js']);
    expect(used.stderr).toBe('');
    expect(used.stdout).toBe('com.example@1::Squareplus [ 1, 2, 0.5 ]\n');
  });

  it('writes modules with .mjs where the project is CommonJS', () => {
    const inside = join(folder, 'commonjs');
    mkdirSync(inside);
    writeFileSync(join(inside, 'package.json'), '{"name": "old"}');
    const made = run(
      process.execPath,
      [join(folder, 'node_modules/sharmix/dist/tools/cli/main.js'), 'new-op', 'soft-clip'],
      inside,
    );
    expect(made.status).toBe(0);
    const { stdout, status } = run(
      process.execPath,
      ['--test', 'soft-clip/soft-clip.test.mjs'],
      inside,
    );
    expect(stdout).toContain('passed: com.example@1::SoftClip, kernel');
    expect(status).toBe(0);
  });

  it('writes TypeScript that compiles under strict settings', () => {
    expect(sharmix('new-op', 'typed-op', '--typescript').status).toBe(0);
    const options =
      '--noEmit --strict --module nodenext --target es2022 --skipLibCheck --allowImportingTsExtensions --types node --exactOptionalPropertyTypes';
    const tsc = run(process.execPath, [
      join(root, 'node_modules/typescript/bin/tsc'),
      ...options.split(' '),
      'typed-op/typed-op.test.ts',
    ]);
    expect(tsc.stdout).toBe('');
    expect(tsc.status).toBe(0);
  });

  it('adds an operator to the repository of the package, in its own style', () => {
    const inside = join(folder, 'repository');
    mkdirSync(join(inside, 'ops'), { recursive: true });
    writeFileSync(join(inside, 'package.json'), '{"name": "sharmix", "type": "module"}');
    writeFileSync(join(inside, 'ops/index.ts'), "export { a } from './a/index.ts';\n");
    const made = run(
      process.execPath,
      [join(folder, 'node_modules/sharmix/dist/tools/cli/main.js'), 'new-op', 'soft-clip'],
      inside,
    );
    expect(made.stdout).toContain('ai.sharmix@1::SoftClip in ops/soft-clip');
    expect(readFileSync(join(inside, 'ops/index.ts'), 'utf8')).toBe(
      "export { a } from './a/index.ts';\nexport { softClip } from './soft-clip/index.ts';\n",
    );
    expect(readdirSync(join(inside, 'ops/soft-clip')).sort()).toEqual([
      'README.md',
      'body.ts',
      'cases.ts',
      'grad.ts',
      'index.ts',
      'infer.ts',
      'kernel.ts',
      'schema.ts',
      'shader.ts',
    ]);
    const kernel = readFileSync(join(inside, 'ops/soft-clip/kernel.ts'), 'utf8');
    expect(kernel).toContain("from '../../src/schema/index.ts'");
  });

  it.each([
    ['a name that is none', ['new-op', 'SoftClip'], /lower-case words with hyphens, got SoftClip/],
    ['a folder that exists', ['new-op', 'soft-clip'], /the folder must not exist/],
    ['the standard domain', ['new-op', 'other', '--domain', 'ai.onnx'], /must be one of your own/],
  ])('refuses %s', (_, args, message) => {
    const { stderr, status } = sharmix(...args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
  });
});
