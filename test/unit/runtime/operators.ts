// Small operators for the runtime's tests, each with a JS kernel and, where a test needs it, a function body or a shader.

import {
  defineOp,
  DTypeError,
  float,
  int,
  missing,
  type OpDefinition,
  type Tensor,
} from '../../../src/schema/index.ts';

const why = missing('a test operator');

const mapFloats = (tensor: Tensor, map: (v: number) => number): Tensor => {
  if (tensor.dtype !== 'float32' && tensor.dtype !== 'float64') {
    throw new DTypeError({ where: 'test', what: 'x', rule: 'must be float', actual: tensor.dtype });
  }
  return tensor.dtype === 'float32'
    ? { ...tensor, data: tensor.data.map(map) }
    : { ...tensor, data: tensor.data.map(map) };
};

/** y = scale * x + shift, shift optional; throws a RangeError where the scale is not positive. */
export const affine: OpDefinition = defineOp({
  type: 'Affine',
  domain: 'test.ops',
  version: 1,
  inputs: { x: 'T', shift: 'T?' },
  outputs: { y: 'T' },
  attributes: { scale: float(2) },
  types: { T: ['float32', 'float64'] },
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x, shift }, { scale }) => {
    if (!(scale > 0)) throw new RangeError(`scale must be > 0, got ${scale}`);
    if (shift === undefined) return { y: mapFloats(x, (v) => scale * v) };
    const by = Number(shift.data[0]);
    return { y: mapFloats(x, (v) => scale * v + by) };
  },
  shader: why,
  body: {
    specialised: [],
    build: (graph, { x, shift }) => {
      const scaled = graph.op('Mul', [x, graph.attribute('scale')]);
      return { y: shift === undefined ? scaled : graph.op('Add', [scaled, shift]) };
    },
  },
  grad: why,
});

/** Sum of any number of tensors, and their count. */
export const total: OpDefinition = defineOp({
  type: 'Total',
  domain: 'test.ops',
  version: 1,
  inputs: { x: 'T...' },
  outputs: { sum: 'T', count: 'int64' },
  attributes: {},
  types: { T: ['float32'] },
  infer: ({ x }) => ({ sum: x[0]!, count: { dtype: 'int64', dims: [] } }),
  kernel: async ({ x }) => {
    await Promise.resolve();
    const [first] = x;
    const data = new Float32Array(first!.data.length).map((_, i) =>
      x.reduce((sum, one) => sum + Number(one.data[i]), 0),
    );
    return {
      sum: { dtype: 'float32', dims: first!.dims, data },
      count: { dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(x.length)) },
    };
  },
  shader: why,
  body: why,
  grad: why,
});

/** One tensor into `parts` outputs along the first axis. */
export const parts: OpDefinition = defineOp({
  type: 'Parts',
  domain: 'test.ops',
  version: 1,
  inputs: { x: 'T' },
  outputs: { y: 'T...' },
  attributes: { parts: int(2) },
  types: { T: ['float32'] },
  infer: ({ x }, { parts }) => ({
    y: Array.from({ length: parts }, () => ({ dtype: x.dtype, dims: undefined })),
  }),
  kernel: ({ x }, { parts }) => {
    const size = x.data.length / parts;
    const dims = [x.dims[0]! / parts, ...x.dims.slice(1)];
    return {
      y: Array.from({ length: parts }, (_, i) => ({
        dtype: 'float32',
        dims,
        data: (x.data as Float32Array).slice(i * size, (i + 1) * size),
      })),
    };
  },
  shader: why,
  body: why,
  grad: why,
});
