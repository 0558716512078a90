// Models for the tests of the tools, with weights, a branch, and custom nodes.

import { affine } from '../runtime/operators.ts';
import { floats } from '../runtime/models.ts';
import { ModelBuilder, onnx, type OnnxTypes } from '../../../src/onnx/index.ts';

/** x -> MatMul(w) -> h -> Affine "middle" -> m -> Relu -> r; g = MatMul(x, copy); y = r + g. `unused` is a weight of nothing. */
export const branched = (functionBody = true): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['N', 2]);
  const w = model.initializer('w', floats([1, 2, 3, 4], [2, 2]));
  const copy = model.initializer('copy', floats([1, 2, 3, 4], [2, 2]));
  model.initializer('unused', floats([9, 9, 9]));
  const h = model.op('MatMul', [x, w], {}, { name: 'first', outputs: ['h'] });
  const { y: m } = model.customOp(
    affine,
    { x: h },
    { scale: 3 },
    { name: 'middle', functionBody, outputs: { y: 'm' }, types: { T: 'float32' } },
  );
  const r = model.op('Relu', [m!], {}, { name: 'relu', outputs: ['r'] });
  const g = model.op('MatMul', [x, copy], {}, { name: 'second', outputs: ['g'] });
  model.output(model.op('Add', [r, g], {}, { name: 'sum', outputs: ['y'] }), 'y', 'float32', [
    'N',
    2,
  ]);
  return model.build();
};

/** A model changed through its message. */
export const changed = (
  bytes: Uint8Array,
  change: (model: OnnxTypes.ModelProto) => void,
): Uint8Array => {
  const model = onnx.ModelProto.decode(bytes);
  change(model);
  return Uint8Array.from(onnx.ModelProto.encode(model).finish());
};
