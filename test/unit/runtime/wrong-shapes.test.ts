// A shape that a model declares wrongly inside counts for as little with a cut there as without: onnxruntime-node goes on without
// it, onnxruntime-web refuses the model.

import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { install, type OrtModule } from '../../../src/runtime/index.ts';

/** x [2, 3] -> Neg -> v, declared as [2] -> Abs -> y */
const wrong = (): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', [2, 3]);
  const v = model.op('Neg', [x], {}, { outputs: ['v'] });
  model.valueInfo(v, 'float32', [2]);
  model.output(model.op('Abs', [v], {}, { outputs: ['y'] }), 'y', 'float32', [2, 3]);
  return model.build();
};

const kinds = ['stock', 'cut'] as const;

const create = (ort: OrtModule, kind: (typeof kinds)[number], stock: string) =>
  ort.InferenceSession.create(wrong(), {
    logSeverityLevel: 4,
    executionProviders: kind === 'stock' ? [stock] : [{ name: 'custom-ops', cut: 'every-node' }],
  });

describe('a value whose declared rank is wrong', () => {
  beforeAll(() => {
    install(node, { ops: [] });
    install(web, { ops: [] });
  });

  it.each(kinds)('is read in onnxruntime-node as it is made, %s', async (kind) => {
    const session = await create(node, kind, 'cpu');
    const x = new node.Tensor('float32', [1, -2, 3, -4, 5, -6], [2, 3]);
    const { y } = await session.run({ x });
    expect([...(y!.data as Float32Array)]).toEqual([1, 2, 3, 4, 5, 6]);
    await session.release();
  });

  it.each(kinds)('is refused by onnxruntime-web, %s', async (kind) => {
    await expect(create(web, kind, 'wasm')).rejects.toThrow(/inferred=2 declared=1/);
  });
});

/** x [n, 2] -> Neg -> v, declared as [1, 2] -> Abs -> y: a model exported for one row, its inputs and outputs opened afterwards. */
const opened = (): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['n', 2]);
  const v = model.op('Neg', [x], {}, { outputs: ['v'] });
  model.valueInfo(v, 'float32', [1, 2]);
  model.output(model.op('Abs', [v], {}, { outputs: ['y'] }), 'y', 'float32', ['n', 2]);
  return model.build();
};

describe('a value declared for one row in a model that takes any number', () => {
  const copies = [
    ['onnxruntime-node', node, 'cpu'],
    ['onnxruntime-web', web, 'wasm'],
  ] as const;

  describe.each(copies)('in %s', (_, ort: OrtModule, stock) => {
    it.each(kinds)('takes three, %s', async (kind) => {
      install(ort, { ops: [] });
      const session = await ort.InferenceSession.create(opened(), {
        logSeverityLevel: 4,
        executionProviders:
          kind === 'stock' ? [stock] : [{ name: 'custom-ops', inner: [stock], cut: 'every-node' }],
      });
      const x = new ort.Tensor('float32', [1, -2, 3, -4, 5, -6], [3, 2]);
      const { y } = await session.run({ x });
      expect(y!.dims).toEqual([3, 2]);
      expect([...(y!.data as Float32Array)]).toEqual([1, 2, 3, 4, 5, 6]);
      await session.release();
    });
  });
});
