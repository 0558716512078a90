// Operators without shaders for tests of values at the borders of WebGPU: of each type, of several outputs, failing, asynchronous.

import {
  defineOp,
  missing,
  tensor,
  type OpDefinition,
  type Tensor,
} from '../../../src/schema/index.ts';

const forms = {
  shader: missing('a test of JS kernels'),
  body: missing('not exported'),
  grad: missing('not trained'),
} as const;

/** y = x, of any type. */
export const same: OpDefinition = defineOp({
  type: 'Same',
  domain: 'test.web',
  version: 1,
  inputs: { x: 'T' },
  outputs: { y: 'T' },
  attributes: {},
  types: { T: ['float32', 'float64', 'int64', 'int32', 'bool', 'string', 'uint8', 'int8'] },
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x }) => ({ y: { ...x, data: x.data.slice() } as Tensor }),
  ...forms,
});

/** Largest value, its place, and whether any is negative, of each row. */
export const largest: OpDefinition = defineOp({
  type: 'Largest',
  domain: 'test.web',
  version: 1,
  inputs: { x: 'float32' },
  outputs: { value: 'float32', place: 'int64', negative: 'bool' },
  attributes: {},
  types: {},
  infer: ({ x }) => {
    const dims = x.dims?.slice(0, -1);
    return {
      value: { dtype: 'float32', dims },
      place: { dtype: 'int64', dims },
      negative: { dtype: 'bool', dims },
    };
  },
  kernel: ({ x }) => {
    const [rows, columns] = [x.dims[0]!, x.dims[1]!];
    const value = new Float32Array(rows);
    const place = new BigInt64Array(rows);
    const negative = new Uint8Array(rows);
    for (let i = 0; i < rows; i++) {
      const row = (x.data as Float32Array).subarray(i * columns, (i + 1) * columns);
      value[i] = Math.max(...row);
      place[i] = BigInt(row.indexOf(value[i]!));
      negative[i] = row.some((v) => v < 0) ? 1 : 0;
    }
    return {
      value: tensor('float32', value, [rows]),
      place: tensor('int64', place, [rows]),
      negative: tensor('bool', negative, [rows]),
    };
  },
  ...forms,
});

/** y = x, where no x is negative: an error there. */
export const positive: OpDefinition = defineOp({
  type: 'Positive',
  domain: 'test.web',
  version: 1,
  inputs: { x: 'float32' },
  outputs: { y: 'float32' },
  attributes: {},
  types: {},
  infer: ({ x }) => ({ y: x }),
  kernel: async ({ x }) => {
    await Promise.resolve();
    const values = x.data as Float32Array;
    if (values.some((v) => v < 0)) throw new TypeError('a negative value');
    return { y: tensor('float32', values.slice(), x.dims) };
  },
  ...forms,
});
