// The copies of onnxruntime the runtime's tests run with: the native one and WebAssembly in Node.

import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { install, type OrtModule } from '../../../src/runtime/index.ts';
import { affine, parts, total } from './operators.ts';

export const copies: readonly (readonly [string, OrtModule])[] = [
  ['onnxruntime-node', node],
  ['onnxruntime-web in Node', web],
];

for (const [, ort] of copies) install(ort, { ops: [affine, total, parts] });

/** Session options of the provider, inner left to its default. */
export const custom = { executionProviders: ['custom-ops'] } as const;
