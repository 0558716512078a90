// Function bodies in stock onnxruntime-web, WebAssembly.

import * as ort from 'onnxruntime-web';
import { bodyForm } from '../../src/testing/index.ts';
import { conformanceSuite } from './suite.ts';

ort.env.wasm.numThreads = 1;

conformanceSuite('body-wasm', bodyForm(ort, { executionProviders: ['wasm'] }), {
  dtypes: ['float32', 'float16', 'float64'],
  outOfDomain: 'nan',
});
