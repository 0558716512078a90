// Function bodies in stock onnxruntime-web with its WebGPU provider, in Chromium: what WGSL makes of standard operators.

import * as ort from 'onnxruntime-web/webgpu';
import { bodyForm } from '../../src/testing/index.ts';
import { conformanceSuite } from './suite.ts';

// 3: no warnings that Loop and shape arithmetic stay on the CPU.
const options = { executionProviders: ['webgpu'], logSeverityLevel: 3 } as const;

conformanceSuite('body-webgpu', bodyForm(ort, options), {
  dtypes: ['float32'],
  outOfDomain: 'nan',
});
