// The server of the runtime's README, run as it stands there.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { sharmix } from '../../../../ops/index.ts';
import { ModelBuilder } from '../../../../src/onnx/index.ts';
import { built } from './support.ts';

it('the server of the README answers, and ends by itself', async () => {
  const readme = new URL('../../../../src/runtime/README.md', import.meta.url);
  const [, program] = /```js\n\/\/ file: server\.js\n([\s\S]*?)```/.exec(
    await readFile(readme, 'utf8'),
  )!;
  const model = new ModelBuilder();
  const logits = model.input('x', 'float32', ['N', 3]);
  model.customOp(
    sharmix,
    { logits },
    {},
    { functionBody: false, types: { T: 'float32' }, outputs: { probabilities: 'y' } },
  );
  model.output({ name: 'y' }, 'y', 'float32', ['N', 3]);
  const folder = await mkdtemp(join(tmpdir(), 'pool-'));
  await writeFile(join(folder, 'model.onnx'), model.build());
  // Inside the package, where its own name resolves.
  const file = fileURLToPath(built(`test/readme-server-${process.pid}.mjs`));
  await writeFile(file, program!);
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    // Softmax of [1, 2, 3].
    const numbers = stdout.match(/0\.\d+/g)!.map(Number);
    const total = Math.exp(1) + Math.exp(2) + Math.exp(3);
    expect(numbers.length).toBe(3);
    numbers.forEach((v, i) => expect(v).toBeCloseTo(Math.exp(i + 1) / total, 5));
  } finally {
    await Promise.all([rm(file), rm(folder, { recursive: true })]);
  }
});
