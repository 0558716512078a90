// The program of the README's section on the API, run as it stands there.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { sharmix } from '../../../../ops/index.ts';
import { ModelBuilder } from '../../../../src/onnx/index.ts';

it('the program of the README runs', async () => {
  const readme = new URL('../../../../src/runtime/README.md', import.meta.url);
  const text = await readFile(readme, 'utf8');
  const [, program] = /```js\n\/\/ file: api\.js\n([\s\S]*?)```/.exec(text)!;
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['N', 3]);
  const { probabilities } = model.customOp(
    sharmix,
    { logits: model.op('Identity', [x]) },
    {},
    { types: { T: 'float32' }, outputs: { probabilities: 'y' } },
  );
  model.output(probabilities!, 'y', 'float32', ['N', 3]);
  const folder = await mkdtemp(join(tmpdir(), 'api-readme-'));
  await writeFile(join(folder, 'model.onnx'), model.build());
  // Inside the package, where its own name resolves. `await using` is for engines newer than Node 20, so that it is compiled, as
  // programs are that use it there.
  const { outputText } = ts.transpileModule(program!, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const name = `../../../../dist/test/readme-api-${process.pid}.mjs`;
  const file = fileURLToPath(new URL(name, import.meta.url));
  await writeFile(file, outputText);
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    // Softmax of [1, 2, 3], the reason, and one kernel's event.
    expect(stdout).toMatch(
      /^Float32Array\(3\) \[\s+0\.0900\d+,\s+0\.2447\d+,\s+0\.6652\d+\s+\]\nnot needed\n1\n$/,
    );
    expect((await readdir(folder)).toSorted()).toEqual([
      'model.onnx',
      expect.stringMatching(/^profile_.*\.json$/) as string,
    ]);
  } finally {
    await Promise.all([rm(file), rm(folder, { recursive: true })]);
  }
});
