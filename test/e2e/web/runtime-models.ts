// Models of the runtime's browser tests: standard operators around SharMiX.

import { sharmix } from '../../../ops/sharmix/index.ts';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import {
  defineOp,
  missing,
  tensor,
  type OpDefinition,
  type Tensor,
} from '../../../src/schema/index.ts';

const floats = (values: readonly number[], dims: readonly number[]): Tensor =>
  tensor('float32', Float32Array.from(values), dims);

const scalar = (value: number): Tensor => floats([value], []);

/** logits [N, 3] -> Add -> SharMiX(q, r) -> Mul -> SharMiX -> Add -> y; the logits and the first
 * probabilities, p, are outputs too. */
export const chain = (): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['N', 3]);
  const bias = model.initializer('bias', floats([0.5, 0, -0.5], [3]));
  const ten = model.initializer('ten', scalar(10));
  const q = model.initializer('q', scalar(1.5));
  const r = model.initializer('r', scalar(1.25));
  const logits = model.op('Add', [x, bias], {}, { outputs: ['logits'] });
  const types = { T: 'float32' } as const;
  const first = model.customOp(
    sharmix,
    { logits, q, r },
    {},
    { name: 'first', types, outputs: { probabilities: 'p' } },
  );
  const scaled = model.op('Mul', [first['probabilities'], ten]);
  const second = model.customOp(sharmix, { logits: scaled, q }, {}, { name: 'second', types });
  const y = model.op('Add', [second['probabilities'], bias], {}, { outputs: ['y'] });
  model.output(y, 'y', 'float32', ['N', 3]);
  model.output(logits, 'logits', 'float32', ['N', 3]);
  model.output(first['probabilities']!, 'p', 'float32', ['N', 3]);
  return model.build();
};

/** Nothing but one SharMiX (q an input). */
export const alone = (): Uint8Array => {
  const model = new ModelBuilder();
  const logits = model.input('logits', 'float32', ['N', 3]);
  const q = model.input('q', 'float32', []);
  const { probabilities } = model.customOp(
    sharmix,
    { logits, q },
    {},
    { name: 'head', outputs: { probabilities: 'p' } },
  );
  model.output(probabilities!, 'p', 'float32', ['N', 3]);
  return model.build();
};

/** SharMiX of float64, which no WebGPU buffer holds. */
export const double = (): Uint8Array => {
  const model = new ModelBuilder();
  const logits = model.input('logits', 'float64', ['N', 3]);
  const { probabilities } = model.customOp(
    sharmix,
    { logits },
    {},
    { name: 'head', outputs: { probabilities: 'p' } },
  );
  model.output(probabilities!, 'p', 'float64', ['N', 3]);
  return model.build();
};

/** An operator without a shader: y = -x. */
export const negate: OpDefinition = defineOp({
  type: 'Negate',
  domain: 'test.web',
  version: 1,
  inputs: { x: 'T' },
  outputs: { y: 'T' },
  attributes: {},
  types: { T: ['float32'] },
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x }) => ({
    y: tensor(
      'float32',
      Float32Array.from(x.data as Float32Array, (v) => -v),
      x.dims,
    ),
  }),
  shader: missing('this test is about its absence'),
  body: missing('not exported'),
  grad: missing('not trained'),
});

/** x -> Add -> SharMiX -> Negate (JS only) -> Add -> y */
export const withoutShader = (): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['N', 3]);
  const bias = model.initializer('bias', floats([0.5, 0, -0.5], [3]));
  const logits = model.op('Add', [x, bias]);
  const { probabilities } = model.customOp(sharmix, { logits }, {}, { types: { T: 'float32' } });
  const { y } = model.customOp(
    negate,
    { x: probabilities },
    {},
    { name: 'minus', functionBody: false },
  );
  model.output(model.op('Add', [y, bias], {}, { outputs: ['y'] }), 'y', 'float32', ['N', 3]);
  return model.build();
};

/** y = x + x, by onnxruntime alone. */
export const withoutCustomNodes = (): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['N']);
  model.output(model.op('Add', [x, x], {}, { outputs: ['y'] }), 'y', 'float32', ['N']);
  return model.build();
};
