// A worker: WebGPU and WebAssembly, as on a page.

import * as ort from 'onnxruntime-web/webgpu';
import { runOnce } from './program.ts';

try {
  ort.env.wasm.numThreads = Number(new URL(import.meta.url).searchParams.get('threads'));
  postMessage({
    isWorker: typeof document === 'undefined',
    webgpu: await runOnce(ort, ['webgpu']),
    wasm: await runOnce(ort, ['wasm']),
  });
} catch (error) {
  postMessage({ error: (error as Error).stack });
}
