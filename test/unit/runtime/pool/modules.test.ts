// Operators reach workers by modules; what no module exports is refused when the session is created. And the options of a pool.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as web from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelBuilder } from '../../../../src/onnx/index.ts';
import { install } from '../../../../src/runtime/index.ts';
import type { OpDefinition } from '../../../../src/schema/index.ts';
import { sandwich } from '../models.ts';
import { act, others } from './operators.ts';
import { modelOf, ort, pooled } from './support.ts';

const unshipped: OpDefinition = {
  ...act,
  schema: { ...act.schema, type: 'Unshipped' },
  label: 'test.pool@1::Unshipped',
};

describe('modules of operators', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pool-'));
    install(ort, { ops: [unshipped] });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['thread', 'process'] as const)(
    'bring operators in arrays too, %s',
    async (isolation) => {
      const [echo] = others;
      const session = await ort.InferenceSession.create(
        modelOf(echo, 'float32'),
        pooled({ size: 1, isolation }),
      );
      const x = new ort.Tensor('float32', [1, 2], [2]);
      expect([...((await session.run({ x }))['y']!.data as Float32Array)]).toEqual([1, 2]);
      await session.release();
    },
  );

  it('are missed by name where the model uses an operator that none exports', async () => {
    await expect(ort.InferenceSession.create(modelOf(unshipped), pooled())).rejects.toThrow(
      /operator test\.pool@1::Unshipped must be exported by a module that the workers of the pool can load, got modules file:.*operators\.js\. Hint: install\(ort, \{ ops, modules:/,
    );
  });

  it('need not bring an operator that the model does not use', async () => {
    const session = await ort.InferenceSession.create(sandwich(), pooled());
    await session.release();
  });

  it('that are missed are told for a model in a file', async () => {
    const path = join(folder, 'model.onnx');
    await writeFile(path, modelOf(unshipped));
    await expect(ort.InferenceSession.create(path, pooled())).rejects.toThrow(
      `${path}: operator test.pool@1::Unshipped must be exported`,
    );
  });

  it('must be URLs', () => {
    expect(() => install(ort, { ops: [], modules: ['./my-ops.js'] })).toThrow(
      /install: an entry of modules must be a URL, got "\.\/my-ops\.js"\. Hint: new URL/,
    );
  });
});

describe('the option pool', () => {
  const create = (pool: unknown) =>
    ort.InferenceSession.create(sandwich(), pooled(pool as Parameters<typeof pooled>[0]));

  it('false is no pool', async () => {
    const session = await create(false);
    await session.release();
  });

  it.each([
    [1, 'the option pool of the provider custom-ops must be true, false or an object, got 1'],
    [null, 'the option pool of the provider custom-ops must be true, false or an object, got null'],
    [{ size: 0 }, 'pool.size of the provider custom-ops must be an integer >= 1, got 0'],
    [{ size: 1.5 }, 'pool.size of the provider custom-ops must be an integer >= 1, got 1.5'],
    [{ maxQueue: -1 }, 'pool.maxQueue of the provider custom-ops must be an integer >= 0, got -1'],
    [
      { isolation: 'vm' },
      `pool.isolation of the provider custom-ops must be 'thread' or 'process', got "vm"`,
    ],
    [{ threads: 2 }, 'pool.threads of the provider custom-ops is unknown'],
    [{ resourceLimits: 3 }, 'pool.resourceLimits of the provider custom-ops must be an object'],
    [
      { resourceLimits: { heap: 3 } },
      'pool.resourceLimits.heap of the provider custom-ops is unknown',
    ],
    [
      { resourceLimits: { stackSizeMb: 0 } },
      'stackSizeMb of the provider custom-ops must be a number > 0',
    ],
    [
      { isolation: 'process', resourceLimits: { stackSizeMb: 4 } },
      `stackSizeMb of the provider custom-ops is for isolation 'thread' only`,
    ],
  ])('refuses %j', async (pool, message) => {
    await expect(create(pool)).rejects.toThrow(message);
  });

  it('is for onnxruntime-node', async () => {
    install(web, { ops: [act] });
    const model = new ModelBuilder();
    model.output(model.op('Relu', [model.input('x', 'float32', [1])]), 'y', 'float32', [1]);
    await expect(web.InferenceSession.create(model.build(), pooled())).rejects.toThrow(
      'the option pool of the provider custom-ops needs onnxruntime-node, got onnxruntime-web',
    );
  });
});
