// ONNX's conformance cases through the provider, onnxruntime-web's WebAssembly inside, in Node.

import * as ort from 'onnxruntime-web';
import { conformance } from './conformance.ts';

ort.env.wasm.numThreads = 1;

conformance('wasm', { ort, inner: 'wasm', seeds: [1] });
