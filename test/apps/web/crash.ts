// A page that runs on while the GPU process of its browser is killed: `document.title` counts its runs.

import * as ort from 'onnxruntime-web/webgpu';
import { start, type Outcome } from './program.ts';
import { report } from './report.ts';

ort.env.wasm.numThreads = 1;
const warnings: string[] = [];
console.warn = (text) => void warnings.push(String(text));

const program = await start(ort, ['webgpu', 'wasm']);
const outcomes: Outcome[] = [];
const device: GPUDevice = await ort.env.webgpu.device;
let isLost = false;
void device.lost.then(() => (isLost = true));

// Runs without a pause, two at a time, until ten have ended after the loss.
for (let after = 0; after < 10; after += isLost ? 1 : 0) {
  outcomes.push(...(await Promise.all([program.run(), program.run()])));
  document.title = `${outcomes.length} runs`;
}
await program.release();
report({
  largestError: Math.max(...outcomes.map(({ largestError }) => largestError)),
  last: outcomes.at(-1),
  warnings,
});
