// Sessions with JS kernels in onnxruntime-node.

import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { install, sessionInfo } from '../../../src/runtime/index.ts';
import { sandwich } from './models.ts';
import { affine, parts, total } from './operators.ts';

install(ort, { ops: [affine, total, parts] });

describe('a custom node between two segments', () => {
  it('runs in its kernel', async () => {
    const session = await ort.InferenceSession.create(sandwich(), {
      executionProviders: [{ name: 'custom-ops', inner: ['cpu'] }],
    });
    const x = new ort.Tensor('float32', Float32Array.of(1, 1, 0, 2), [2, 2]);
    const { y, h } = await session.run({ x });
    expect([...(h!.data as Float32Array)]).toEqual([4, 6, 6, 8]);
    expect([...(y!.data as Float32Array)]).toEqual([2, 8, 8, 14]);
    expect(sessionInfo(session)).toEqual({
      providers: ['cpu'],
      segments: [
        { nodes: 1, inputs: ['x'], outputs: ['h'] },
        { nodes: 1, inputs: ['affine_1'], outputs: ['y'] },
      ],
      kernels: [{ node: 'middle', op: 'test.ops@1::Affine', form: 'js' }],
      readbacks: 0,
    });
    await session.release();
  });
});
