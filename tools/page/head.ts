// The normaliser on logits, by the operator's own kernel: WGSL on onnxruntime's device, or JavaScript.

import { WebGpuExecutor } from '../../src/runtime/webgpu/index.ts';
import { tensor } from '../../src/schema/index.ts';
import { sharmix } from './operator.ts';
import type { Settings } from './settings.ts';
import type { TrainedHead } from './trained-head.ts';

/** Computes probabilities of one row of logits. */
export type Head = (logits: readonly number[], settings: Settings) => Promise<Float32Array>;

const scalar = (value: number) => tensor('float32', Float32Array.of(value), []);

const inputsOf = (logits: readonly number[], { q, r }: Settings) => ({
  logits: tensor('float32', Float32Array.from(logits), [1, logits.length]),
  q: scalar(q),
  r: scalar(r),
});

const attributesOf = (coupling: TrainedHead['coupling'], { temperature }: Settings) => ({
  axis: -1,
  temperature,
  coupling,
});

/** In JavaScript. */
export const jsHead =
  (coupling: TrainedHead['coupling']): Head =>
  async (logits, settings) => {
    const outputs = await sharmix.kernel(
      inputsOf(logits, settings),
      attributesOf(coupling, settings),
    );
    return (outputs['probabilities'] as { data: Float32Array }).data;
  };

/** In WGSL. */
export const gpuHead = (device: GPUDevice, coupling: TrainedHead['coupling']): Head => {
  const executor = new WebGpuExecutor(device);
  return async (logits, settings) => {
    const inputs = Object.fromEntries(
      Object.entries(inputsOf(logits, settings)).map(([name, value]) => [
        name,
        executor.upload(value),
      ]),
    );
    try {
      const outputs = await executor.run(sharmix, inputs, attributesOf(coupling, settings));
      const probabilities = outputs['probabilities'] as ReturnType<typeof executor.upload>;
      try {
        return (await executor.download(probabilities)).data as Float32Array;
      } finally {
        executor.release(probabilities);
      }
    } finally {
      for (const input of Object.values(inputs)) executor.release(input);
    }
  };
};
