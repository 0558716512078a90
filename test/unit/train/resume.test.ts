// A training process killed with SIGKILL, several times, ends with the weights of one that was left alone.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
// Inside the project, so that the bundle finds tfjs.
const folder = mkdtempSync(join(root, 'node_modules', '.resume-'));
const script = join(folder, 'child.mjs');

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./resume-child.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: script,
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly lines: readonly string[];
  readonly signal: NodeJS.Signals | null;
}

/** Runs the child; kills it as soon as it prints a line that starts with `killAt`. */
const run = (args: readonly string[], killAt?: string): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (killAt !== undefined && text.includes(killAt)) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', (_, signal) => {
      resolve({ lines: text.trim().split('\n'), signal });
    });
  });

it('resumes after SIGKILL to the weights of an uninterrupted run, bit for bit', async () => {
  const whole = await run([]);
  const checkpoint = join(folder, 'checkpoint');
  // Between two checkpoints, and while one is being written.
  for (const killAt of ['epoch 2 batch', 'epoch 3 done', 'epoch 5 batch']) {
    const { signal } = await run([checkpoint, 'resume'], killAt);
    expect(signal).toBe('SIGKILL');
  }
  const resumed = await run([checkpoint, 'resume']);
  expect(resumed.lines[0]).not.toMatch(/^epoch 1 /);
  expect(resumed.lines.at(-1)).toMatch(/^steps 270 weights [0-9a-f]{64}$/);
  expect(resumed.lines.at(-1)).toBe(whole.lines.at(-1));
}, 120_000);
