// Pooled sessions for tests: onnxruntime-node with operators installed, their modules taken from the build, and small models.

import * as ort from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-common';
import { ModelBuilder } from '../../../../src/onnx/index.ts';
import { install, type PoolOptions } from '../../../../src/runtime/index.ts';
import type { DType, OpDefinition } from '../../../../src/schema/index.ts';
import { act, actNow, affine, others, parts, total } from './operators.ts';

export { ort };

/** A file of the repository, built. */
export const built = (path: string): URL => new URL(`../../../../dist/${path}`, import.meta.url);

install(ort, {
  ops: [act, actNow, affine, parts, total, others],
  modules: [built('test/unit/runtime/pool/operators.js')],
});

/** Session options of a pool. */
export const pooled = (
  pool: boolean | PoolOptions = { size: 1 },
): InferenceSession.SessionOptions => ({
  executionProviders: [{ name: 'custom-ops', pool }],
});

/** Session options of the kinds of session that must act alike. */
export const kinds: readonly (readonly [string, InferenceSession.SessionOptions])[] = [
  ['an ordinary session', { executionProviders: ['custom-ops'] }],
  ['a pool of threads', pooled({ size: 2 })],
  ['a pool of processes', pooled({ size: 2, isolation: 'process' })],
];

/** A model that is one custom node called "it". */
export const modelOf = (op: OpDefinition, dtype: DType = 'int32'): Uint8Array => {
  const model = new ModelBuilder();
  const [[input]] = [Object.keys(op.schema.inputs)];
  const x = model.input('x', dtype, undefined);
  model.customOp(
    op,
    { [input!]: x },
    {},
    { name: 'it', functionBody: false, types: { T: dtype }, outputs: { y: 'y' } },
  );
  model.output({ name: 'y' }, 'y', dtype, undefined);
  return model.build();
};

/** A tensor of one int32. */
export const code = (value: number): ort.Tensor =>
  new ort.Tensor('int32', Int32Array.of(value), [1]);

/** The first number of output y. */
export const yOf = (results: InferenceSession.ReturnType): number =>
  Number((results['y']!.data as Int32Array)[0]);
