// Thousands of runs at once and sessions by the hundred: every answer is right, and memory stays where it was.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { actNow } from './operators.ts';
import { built, code, modelOf, ort, pooled, yOf } from './support.ts';

const count = 10_000;

describe.each([
  ['an ordinary session', { executionProviders: ['custom-ops'] }],
  ['a pool of threads', pooled({ size: 2, maxQueue: count })],
  ['a pool of processes', pooled({ size: 2, maxQueue: count, isolation: 'process' })],
] as const)('%s', (_, options) => {
  it(`answers ${count} runs at once, each with its own answer`, async () => {
    const session = await ort.InferenceSession.create(modelOf(actNow), options);
    const runs = Array.from({ length: count }, (_, i) => session.run({ x: code(1000 + i) }));
    const answers = (await Promise.all(runs)).map(yOf);
    expect(answers).toEqual(Array.from({ length: count }, (_, i) => 2000 + 2 * i));
    await session.release();
  });
});

/** Runs the soak command and reads its figures. */
const soak = async (...args: readonly string[]): Promise<string> => {
  const child = spawn(process.execPath, [fileURLToPath(built('tools/bench/soak.js')), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  const exit = await new Promise((resolve) => child.on('close', resolve));
  expect(exit).toBe(0);
  return output;
};

describe('memory', () => {
  it('does not grow by sessions that are created, run and released', async () => {
    const output = await soak('--from', '600', '--to', '1200', '--json');
    const figures = JSON.parse(output) as { name: string; growth: number }[];
    expect(figures.map(({ name }) => name)).toEqual([
      'plain onnxruntime-node',
      'custom operators',
      'pool of one thread',
    ]);
    // The command's own limit is 5% from cycle 2000 on; so early, the heap may still find its size.
    for (const { growth } of figures) expect(growth).toBeLessThan(0.15);
  }, 240_000);

  it('is flat after rounds of many runs at once', async () => {
    // The heap finds its size in the first rounds.
    const figures = JSON.parse(await soak('--rounds', '--from', '4', '--to', '8', '--json')) as {
      name: string;
      growth: number;
    }[];
    expect(figures.length).toBe(2);
    for (const { growth } of figures) expect(growth).toBeLessThan(0.15);
  }, 240_000);
});
