// The copies of onnxruntime that the commands about models use: the installed ones, operators installed in them.

import { install, type OrtModule } from '../../src/runtime/index.ts';
import { loadOrtNode } from '../../src/runtime/ort-node.ts';
import { RuntimeError, type OpDefinition } from '../../src/schema/index.ts';

/** onnxruntime-node with operators.
 * @throws {RuntimeError} It is not installed. */
export const ortNodeWith = async (ops: readonly OpDefinition[]): Promise<OrtModule> => {
  const ort = await loadOrtNode();
  install(ort, { ops });
  return ort;
};

/** onnxruntime-web with operators, running WebAssembly in Node.
 * @throws {RuntimeError} It is not installed. */
export const ortWebWith = async (ops: readonly OpDefinition[]): Promise<OrtModule> => {
  let ort: OrtModule;
  try {
    ort = await import('onnxruntime-web');
  } catch (cause) {
    throw new RuntimeError({
      where: 'compare',
      what: 'onnxruntime-web',
      rule: 'must be installed to compare with WebAssembly',
      hint: 'npm install onnxruntime-web --ignore-scripts, or leave it out with --no-wasm',
      cause,
    });
  }
  install(ort, { ops });
  return ort;
};
