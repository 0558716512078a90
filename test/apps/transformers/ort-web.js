// Before transformers.js is loaded: it takes the onnxruntime it finds under this symbol.
import * as ort from 'onnxruntime-web/webgpu';
import { sharmix } from 'sharmix/ops';
import { install } from 'sharmix/runtime';

install(ort, { ops: [sharmix] });
// Where wasmPaths is not set, transformers.js points it at a CDN; empty, the wasm is found where the bundler put it.
ort.env.wasm.wasmPaths = {};
globalThis[Symbol.for('onnxruntime')] = ort;
