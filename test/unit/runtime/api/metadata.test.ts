// Names and metadata of inputs and outputs: those onnxruntime shows for the same model, whose custom nodes it runs as functions.

import type { InferenceSession } from 'onnxruntime-common';
import { describe, expect, it } from 'vitest';
import { ModelBuilder, onnx, type OnnxTypes } from '../../../../src/onnx/index.ts';
import type { OrtModule } from '../../../../src/runtime/index.ts';
import { copies, custom } from '../copies.ts';
import { sandwich } from '../models.ts';
import { affine } from '../operators.ts';

type Dims = readonly (string | number)[];

/** x -> Affine -> y, with these declarations of x's shape; y's is the same, or left out. */
const alone = (dims: Dims, declared = true): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', dims);
  const { y } = model.customOp(affine, { x }, {}, { outputs: { y: 'y' } });
  model.output(y!, 'y', 'float32', dims);
  return declared ? model.build() : changed(model.build(), ({ output }) => undeclare(output![0]!));
};

const changed = (bytes: Uint8Array, change: (graph: OnnxTypes.IGraphProto) => void): Uint8Array => {
  const proto = onnx.ModelProto.decode(bytes);
  change(proto.graph!);
  return onnx.ModelProto.encode(proto).finish();
};

const undeclare = (info: OnnxTypes.IValueInfoProto): void => {
  delete info.type!.tensorType!.shape;
};

/** An input with a default, which a run need not be given. */
const odd = (): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['N', 2]);
  const shift = model.input('shift', 'float32', []);
  const { y } = model.customOp(affine, { x, shift }, {}, { outputs: { y: 'y' } });
  model.output(model.op('Shape', [y!], {}, { outputs: ['s'] }), 's', 'int64', [2]);
  model.output(y!, 'y', 'float32', ['N', 2]);
  return changed(model.build(), (graph) => {
    graph.initializer!.push({ name: 'shift', dataType: 1, dims: [], floatData: [1] });
  });
};

const unnamed = (bytes: Uint8Array): Uint8Array =>
  changed(bytes, ({ input, output }) => {
    for (const info of [...input!, ...output!]) {
      for (const dim of info.type!.tensorType!.shape!.dim!) delete dim.dimParam;
    }
  });

const models: readonly (readonly [string, Uint8Array])[] = [
  ['named and fixed dimensions around a cut', sandwich({}, true)],
  ['unnamed dimensions', unnamed(alone(['N', 2]))],
  ['unnamed dimensions around a cut', unnamed(sandwich({}, true))],
  [
    'no declared shape',
    changed(alone([2]), ({ input, output }) => {
      undeclare(input![0]!);
      undeclare(output![0]!);
    }),
  ],
  ['a scalar', alone([])],
  ['rank 8', alone([1, 2, 'A', 1, 'B', 1, 1, 1])],
  ['an empty tensor', alone([0, 'N'])],
  ['an output whose shape is inferred', alone(['N', 3], false)],
  ['an input with a default', odd()],
];

describe.each(copies)('%s', (_, ort: OrtModule) => {
  const seen = async (bytes: Uint8Array, options: InferenceSession.SessionOptions) => {
    const session = await ort.InferenceSession.create(bytes, options);
    const { inputNames, outputNames, inputMetadata, outputMetadata } = session;
    await session.release();
    return { inputNames, outputNames, inputMetadata, outputMetadata };
  };

  it.each(models)('shows the same for %s', async (__, bytes) => {
    expect(await seen(bytes, custom)).toEqual(await seen(bytes, {}));
  });
});
