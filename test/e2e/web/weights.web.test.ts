// Weights in the browser: segments read theirs out of the bytes a model was created from, on WebGPU and in WebAssembly.

import * as ort from 'onnxruntime-web/webgpu';
import { describe, expect, it } from 'vitest';
import { sharmix as reference } from '../../../ops/sharmix/math/index.ts';
import { sharmix } from '../../../ops/sharmix/index.ts';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { install, sessionInfo } from '../../../src/runtime/index.ts';
import { tensor } from '../../../src/schema/index.ts';

install(ort, { ops: [sharmix] });

const inputs = 200;
const classes = 10;
const weights = Float32Array.from({ length: inputs * classes }, (_, i) => Math.sin(i * 1.3));
const back = Float32Array.from({ length: classes * inputs }, (_, i) => Math.cos(i * 0.7));
const x = Float32Array.from({ length: inputs }, (_, i) => Math.sin(i * 0.37) / 4);

/** x -> MatMul(8 kB) -> SharMiX, q an input with its own bytes -> MatMul(8 kB) -> y. */
const model = (): Uint8Array => {
  const builder = new ModelBuilder();
  const input = builder.input('x', 'float32', ['n', inputs]);
  const w = builder.initializer('w', tensor('float32', weights, [inputs, classes]));
  const v = builder.initializer('v', tensor('float32', back, [classes, inputs]));
  const q = builder.initializer('q', tensor('float32', Float32Array.of(1.5), []));
  const logits = builder.op('MatMul', [input, w]);
  const types = { T: 'float32' } as const;
  const { probabilities } = builder.customOp(sharmix, { logits, q }, {}, { types });
  builder.output(builder.op('MatMul', [probabilities!, v]), 'y', 'float32', ['n', inputs]);
  return builder.build();
};

const dot = (row: ArrayLike<number>, matrix: Float32Array, columns: number): number[] =>
  Array.from({ length: columns }, (_, j) =>
    Array.from(row).reduce((sum, value, i) => sum + value * matrix[i * columns + j]!, 0),
  );

const expected = dot(reference(dot(x, weights, classes), { q: 1.5, r: 1.5 }), back, inputs);

describe.each([['webgpu'], ['wasm']])('on %s', (inner) => {
  it('weights inside the bytes, and inside a view of a larger buffer, reach their segments', async () => {
    const bytes = model();
    const larger = new Uint8Array(bytes.length + 6);
    larger.set(bytes, 3);
    for (const source of [bytes, larger.subarray(3, 3 + bytes.length)]) {
      const session = await ort.InferenceSession.create(source, {
        executionProviders: [{ name: 'custom-ops', inner: [inner] }],
      });
      expect(sessionInfo(session).providers).toEqual([inner]);
      expect(sessionInfo(session).segments).toHaveLength(2);
      const { y } = await session.run({ x: new ort.Tensor('float32', x, [1, inputs]) });
      const values = [...(y!.data as Float32Array)];
      expect(values).toHaveLength(inputs);
      for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
      await session.release();
    }
  });

  it('weights reach their segments from a URL', async () => {
    const url = URL.createObjectURL(new Blob([model() as Uint8Array<ArrayBuffer>]));
    const session = await ort.InferenceSession.create(url, {
      executionProviders: [{ name: 'custom-ops', inner: [inner] }],
    });
    const { y } = await session.run({ x: new ort.Tensor('float32', x, [1, inputs]) });
    expect((y!.data as Float32Array)[7]).toBeCloseTo(expected[7]!, 4);
    await session.release();
    URL.revokeObjectURL(url);
  });
});
