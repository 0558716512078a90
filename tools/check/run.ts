// `npm run check`: format, lint, imports, dead code, package checks, sizes, generated text. Types are checked by the build before.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { root } from '../root.ts';

const bin = (name: string): string => join(root, 'node_modules/.bin', name);

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const steps: readonly Step[] = [
  { name: 'format', command: bin('oxfmt'), args: ['--check'] },
  { name: 'lint', command: bin('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  {
    name: 'imports',
    command: bin('depcruise'),
    args: ['src', 'ops', 'models', 'tools', '-c', '.dependency-cruiser.cjs'],
  },
  { name: 'dead code', command: bin('knip'), args: [] },
  { name: 'package', command: bin('publint'), args: ['--strict'] },
  { name: 'package types', command: bin('attw'), args: ['--pack', '.', '--profile', 'esm-only'] },
  { name: 'sizes', command: process.execPath, args: [join(root, 'dist/tools/check/sizes.js')] },
  {
    name: 'readme',
    command: process.execPath,
    args: [join(root, 'dist/tools/check/readme.js'), '--check'],
  },
];

let failures = 0;
for (const { name, command, args } of steps) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(command, [...args], { cwd: root, encoding: 'utf8' });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (status === 0) continue;
  failures++;
  process.stdout.write(`${stdout}${stderr}\n`);
}
process.exitCode = failures === 0 ? 0 : 1;
