// Two copies of onnxruntime on one page, with operators in both: WebGPU in one, WebAssembly in the other, at the same time.

import * as gpu from 'onnxruntime-web/webgpu';
import * as cpu from 'onnxruntime-web/wasm';
import { runOnce, start } from './program.ts';
import { report } from './report.ts';

gpu.env.wasm.numThreads = 1;
cpu.env.wasm.numThreads = 1;
const programs = await Promise.all([
  start(gpu, ['webgpu', 'wasm']),
  start(cpu, ['webgpu', 'wasm']),
]);
const outcomes = await Promise.all([...programs, ...programs].map((program) => program.run()));
for (const program of programs) await program.release();
report({ outcomes, again: [await runOnce(gpu, ['wasm']), await runOnce(cpu, ['wasm'])] });
