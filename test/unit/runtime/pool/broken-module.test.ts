// A module of operators that does not load in a worker, or claims another's operator. In a file of its own: modules stay installed.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install } from '../../../../src/runtime/index.ts';
import { sandwich } from '../models.ts';
import { built, ort, pooled } from './support.ts';

describe('a module of operators', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pool-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const create = async (name: string, text: string): Promise<unknown> => {
    const path = join(folder, name);
    await writeFile(path, text);
    install(ort, { ops: [], modules: [pathToFileURL(path)] });
    return ort.InferenceSession.create(sandwich(), pooled());
  };

  it('that claims an operator of another module is refused, both packages named', async () => {
    const operators = built('test/unit/runtime/operators.js').href;
    const text = `import { affine } from '${operators}'; export default { ...affine, package: 'mine' };`;
    await expect(create('twice.mjs', text)).rejects.toThrow(
      'test.ops@1::Affine: the operator is claimed by two definitions, got a definition that names no package and package mine.',
    );
  });

  it('that does not load is told with its reason', async () => {
    await expect(create('broken.mjs', 'throw new Error("not today");')).rejects.toThrow(
      /the module file:.*broken\.mjs of operators must load in a worker, got not today/,
    );
  });
});
