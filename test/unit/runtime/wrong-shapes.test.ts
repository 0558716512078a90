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
