// A page: WebGPU, then WebAssembly with the number of threads its address asks for.

import * as ort from 'onnxruntime-web/webgpu';
import { runOnce } from './program.ts';
import { report } from './report.ts';

ort.env.wasm.numThreads = Number(new URL(location.href).searchParams.get('threads') ?? 1);
report({
  isolated: crossOriginIsolated,
  shared: typeof SharedArrayBuffer === 'function',
  threads: ort.env.wasm.numThreads,
  webgpu: await runOnce(ort, ['webgpu']),
  wasm: await runOnce(ort, ['wasm']),
});
