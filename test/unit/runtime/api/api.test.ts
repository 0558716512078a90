// onnxruntime's API as onnxruntime has it and as sessions with custom operators have it: one suite for both, on both packages in Node.

import { copies } from '../copies.ts';
import { apiSuite } from './suite.ts';

for (const [name, ort] of copies) {
  const isNode = name === 'onnxruntime-node';
  apiSuite(`${name}, as it is`, { ort, isNode, isStock: true, options: {} });
  apiSuite(`${name}, custom operators`, {
    ort,
    isNode,
    isStock: false,
    options: { executionProviders: ['custom-ops'] },
  });
}
