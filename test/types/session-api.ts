// What this package adds to onnxruntime's API, as a user writes it, on each of the packages' types.

import * as common from 'onnxruntime-common';
import * as ort from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { install } from 'sharmix/runtime';

/** Sessions dispose of themselves. */
export const disposing = async (bytes: Uint8Array, x: ort.Tensor): Promise<number> => {
  install(ort, { ops: [] });
  await using session = await ort.InferenceSession.create(bytes, {
    executionProviders: [{ name: 'custom-ops', inner: ['cpu'] }],
  });
  await using other = await web.InferenceSession.create('model.onnx');
  await using third = await common.InferenceSession.create(new ArrayBuffer(8), 0, 8);
  const { y } = await session.run({ x }, { signal: AbortSignal.timeout(100) });
  return (y?.size ?? 0) + other.inputNames.length + third.inputNames.length;
};

/** Runs are cancelled. */
export const cancelled = async (session: web.InferenceSession, x: web.Tensor): Promise<void> => {
  const controller = new AbortController();
  await session.run({ x }, ['y'], { signal: controller.signal, tag: 'mine' });
  await session.run({ x }, { y: null }, { signal: undefined });
  // @ts-expect-error a signal is an AbortSignal
  await session.run({ x }, { signal: 'now' });
};

/** The provider's options are checked. */
export const options: readonly ort.InferenceSession.SessionOptions[] = [
  { executionProviders: ['custom-ops', 'cpu'] },
  { executionProviders: [{ name: 'custom-ops' }] },
  { executionProviders: [{ name: 'custom-ops', inner: ['webgpu', { name: 'wasm' }] }] },
];
