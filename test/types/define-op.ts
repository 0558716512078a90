// The example of defineOp's documentation, and what the types refuse: names that are not in the schema, wrong attribute types.

import { defineOp, float, missing, tensor } from 'sharmix/schema';

/** An operator that doubles. */
export const double = defineOp({
  type: 'Double',
  domain: 'com.example',
  version: 1,
  inputs: { x: 'T' },
  outputs: { y: 'T' },
  attributes: {},
  types: { T: ['float32'] },
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x }) => ({
    y: tensor(
      'float32',
      Float32Array.from(x.data as Float32Array, (v) => 2 * v),
      x.dims,
    ),
  }),
  shader: missing('small'),
  body: missing('small'),
  grad: missing('not trained'),
});

/** An operator whose kernel names what is not there. */
export const wrong = defineOp({
  type: 'Wrong',
  domain: 'com.example',
  version: 1,
  inputs: { x: 'T', scale: 'T?' },
  outputs: { y: 'T' },
  attributes: { factor: float(1) },
  types: { T: ['float32'] },
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x, scale }, { factor }) => {
    // @ts-expect-error an optional input may be absent
    const dims: readonly number[] = scale.dims;
    // @ts-expect-error a float attribute is a number
    const name: string = factor;
    return { y: dims.length > name.length ? x : x };
  },
  shader: missing('small'),
  body: missing('small'),
  grad: missing('not trained'),
});
