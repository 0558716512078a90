// The page that `sharmix compare --webgpu` opens: runs models on WebGPU with kernels, asked from outside through one function.

import * as ort from 'onnxruntime-web/webgpu';
import * as own from '../../ops/index.ts';
import { install, sessionContender } from '../../src/runtime/index.ts';
import { opsOf, type OpDefinition } from '../../src/schema/index.ts';
import { decodeTensors, encodeTensors, type EncodedTensors } from './tensors.ts';

declare global {
  interface Window {
    /** Runs a model on WebGPU; resolves to its outputs. */
    sharmixRun(
      model: string,
      feeds: EncodedTensors,
      modules: readonly string[],
    ): Promise<EncodedTensors>;
  }
}

const operatorsOf = (exports: object): readonly OpDefinition[] =>
  Object.values(exports).flatMap((value: unknown) => {
    try {
      return opsOf(value as OpDefinition, 'page');
    } catch {
      return [];
    }
  });

ort.env.wasm.numThreads = 1;
install(ort, { ops: operatorsOf(own) });

window.sharmixRun = async (model, feeds, modules) => {
  for (const module of modules) {
    install(ort, { ops: operatorsOf((await import(module)) as object) });
  }
  const bytes = new Uint8Array(await (await fetch(model)).arrayBuffer());
  const contender = sessionContender('page', ort, {
    executionProviders: [{ name: 'custom-ops', inner: ['webgpu'] }],
  });
  return encodeTensors(await contender.run(bytes, decodeTensors(feeds)));
};
