// Before transformers.js is loaded: it takes the onnxruntime it finds under this symbol.
import * as ort from 'onnxruntime-node';
import { sharmix } from 'sharmix/ops';
import { install } from 'sharmix/runtime';

install(ort, { ops: [sharmix] });
globalThis[Symbol.for('onnxruntime')] = ort;
