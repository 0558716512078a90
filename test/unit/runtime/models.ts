// Small models for the runtime's tests.

import { ModelBuilder, type ModelOptions } from '../../../src/onnx/index.ts';
import { tensor, type Tensor } from '../../../src/schema/index.ts';
import { affine } from './operators.ts';

/** A float32 tensor out of numbers. */
export const floats = (
  values: readonly number[],
  dims: readonly number[] = [values.length],
): Tensor => tensor('float32', Float32Array.from(values), dims);

/** x [N, 2] -> MatMul -> Affine("middle") -> Relu -> y, the Affine's input also an output `h`. */
export const sandwich = (options: ModelOptions = {}, functionBody = false): Uint8Array => {
  const model = new ModelBuilder(options);
  const x = model.input('x', 'float32', ['N', 2]);
  const w = model.initializer('w', floats([1, 2, 3, 4], [2, 2]));
  const shift = model.initializer('shift', floats([-10], []));
  const h = model.op('MatMul', [x, w], {}, { name: 'matmul', outputs: ['h'] });
  const { y } = model.customOp(
    affine,
    { x: h, shift },
    { scale: 3 },
    {
      name: 'middle',
      functionBody,
      types: { T: 'float32' },
    },
  );
  const out = model.op('Relu', [y!], {}, { name: 'relu', outputs: ['y'] });
  model.output(out, 'y', 'float32', ['N', 2]);
  model.output(h, 'h', 'float32', ['N', 2]);
  return model.build();
};
