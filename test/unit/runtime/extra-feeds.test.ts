// onnxruntime-node leaves a feed aside that is no input, be it called as an output is.

import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { install } from '../../../src/runtime/index.ts';

/** x -> Neg -> Abs -> y */
const chain = (): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', [2]);
  const n = model.op('Neg', [x]);
  model.output(model.op('Abs', [n], {}, { outputs: ['y'] }), 'y', 'float32', [2]);
  return model.build();
};

describe('a feed with the name of an output', () => {
  it.each(['stock', 'cut'])('is left aside, %s', async (kind) => {
    install(ort, { ops: [] });
    const session = await ort.InferenceSession.create(chain(), {
      executionProviders: kind === 'stock' ? ['cpu'] : [{ name: 'custom-ops', cut: 'every-node' }],
    });
    const tensor = (...values: number[]) => new ort.Tensor('float32', values, [2]);
    const { y } = await session.run({ x: tensor(-1, 2), y: tensor(7, 7) });
    expect([...(y!.data as Float32Array)]).toEqual([1, 2]);
    await session.release();
  });
});
