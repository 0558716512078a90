// Control flow with custom nodes inside, interpreted in Chromium: on WebGPU with its values read back, and in WebAssembly.

import * as ort from 'onnxruntime-web/webgpu';
import { expect, it } from 'vitest';
import { install, sessionInfo } from '../../../src/runtime/index.ts';
import { bodyless, ifModel, loopModel, scanModel } from '../../unit/runtime/control-flow-models.ts';

install(ort, { ops: [bodyless] });

const floats = (values: number[], dims: number[] = [values.length]): ort.Tensor =>
  new ort.Tensor('float32', Float32Array.from(values), dims);
const bool = (value: boolean): ort.Tensor => new ort.Tensor('bool', [value], []);

const cases = [
  ['If', ifModel, { c: bool(true), x: floats([0.5, -1]) }],
  [
    'Loop',
    loopModel,
    {
      count: new ort.Tensor('int64', BigInt64Array.of(5n), []),
      goes: bool(true),
      x: floats([1, 2]),
      limit: floats([1e9], []),
    },
  ],
  [
    'Scan',
    scanModel,
    {
      start: floats([1, -1]),
      a: floats([0, 1, 2, 3, 4, 5], [2, 3]),
      b: floats([0, 10, 20, 30, 40, 50], [3, 2]),
    },
  ],
] as const;

const numbersOf = (tensor: ort.Tensor): number[] => [...(tensor.data as Float32Array)];

/** The same within float32's last digits: WebGPU's Exp rounds otherwise. */
const expectClose = (
  actual: ort.InferenceSession.OnnxValueMapType,
  expected: ort.InferenceSession.OnnxValueMapType,
): void => {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, tensor] of Object.entries(expected)) {
    expect(actual[name]!.dims).toEqual(tensor.dims);
    const values = numbersOf(tensor);
    for (const [at, value] of numbersOf(actual[name]!).entries()) {
      expect(Math.abs(value / values[at]! - 1), `${name}[${at}]: ${value}`).toBeLessThan(1e-5);
    }
  }
};

for (const inner of ['webgpu', 'wasm']) {
  it.each(cases)(
    `%s gives on ${inner} what stock onnxruntime gives`,
    async (type, build, feeds) => {
      const stock = await ort.InferenceSession.create(build('function'), {
        executionProviders: ['wasm'],
      });
      const expected = await stock.run(feeds);
      await stock.release();
      const session = await ort.InferenceSession.create(build('none'), {
        executionProviders: [{ name: 'custom-ops', inner: [inner] }],
      });
      expect(sessionInfo(session).providers).toEqual([inner]);
      for (let run = 0; run < 2; run++) expectClose(await session.run(feeds), expected);
      expect(sessionInfo(session).interpreted).toMatchObject([
        { type, reason: expect.stringContaining('it has no function body') as string },
      ]);
      await session.release();
    },
  );
}
