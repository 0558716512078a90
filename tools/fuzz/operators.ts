// Custom operators for random graphs, each with a standard operator that gives the same bits: float32 arithmetic in JavaScript
// rounds as onnxruntime's does. Every operator comes with a function body and without one.

import { sizeOf } from '../../src/core/shape.ts';
import {
  defineOp,
  missing,
  tensor,
  type OpDefinition,
  type Tensor,
} from '../../src/schema/index.ts';

/** Domain of the operators. */
export const fuzzDomain = 'test.fuzz';

type Floats = Float32Array;

const unary = (name: string, suffix: string, apply: (x: number) => number): OpDefinition =>
  defineOp({
    type: name + suffix,
    domain: fuzzDomain,
    version: 1,
    inputs: { x: 'T' },
    outputs: { y: 'T' },
    attributes: {},
    types: { T: ['float32'] },
    infer: ({ x }) => ({ y: x }),
    kernel: ({ x }) => ({
      y: tensor('float32', Float32Array.from(x.data as Floats, apply), x.dims),
    }),
    shader: missing('made in a test'),
    body:
      suffix === ''
        ? { specialised: [], build: (graph, { x }) => ({ y: graph.op(name, [x]) }) }
        : missing('made in a test'),
    grad: missing('made in a test'),
  });

const binary = (
  name: string,
  suffix: string,
  apply: (a: number, b: number) => number,
): OpDefinition =>
  defineOp({
    type: name + suffix,
    domain: fuzzDomain,
    version: 1,
    inputs: { a: 'T', b: 'T' },
    outputs: { y: 'T' },
    attributes: {},
    types: { T: ['float32'] },
    infer: ({ a }) => ({ y: a }),
    kernel: async ({ a, b }) => {
      await Promise.resolve();
      const other = b.data as Floats;
      const data = Float32Array.from(a.data as Floats, (x, i) => apply(x, other[i]!));
      return { y: tensor('float32', data, a.dims) };
    },
    shader: missing('made in a test'),
    body:
      suffix === ''
        ? { specialised: [], build: (graph, { a, b }) => ({ y: graph.op(name, [a, b]) }) }
        : missing('made in a test'),
    grad: missing('made in a test'),
  });

/** Splits the last axis in two equal parts: several outputs. */
const split = (suffix: string): OpDefinition =>
  defineOp({
    type: `Split${suffix}`,
    domain: fuzzDomain,
    version: 1,
    inputs: { x: 'float32' },
    outputs: { parts: 'float32...' },
    attributes: {},
    types: {},
    infer: ({ x }) => {
      const dims = x.dims?.map((dim, at, all) =>
        at === all.length - 1 && typeof dim === 'number' ? dim / 2 : dim,
      );
      return { parts: [0, 1].map(() => ({ dtype: 'float32', dims })) };
    },
    kernel: ({ x }) => {
      const columns = x.dims.at(-1)!;
      const dims = [...x.dims.slice(0, -1), columns / 2];
      const part = (which: number): Tensor => {
        const data = (x.data as Floats).filter(
          (_, i) => Math.floor((i % columns) / dims.at(-1)!) === which,
        );
        return tensor('float32', data, dims);
      };
      return { parts: [part(0), part(1)] };
    },
    shader: missing('made in a test'),
    body: missing('has a variadic output'),
    grad: missing('made in a test'),
  });

/** Joins along the last axis: variadic inputs. */
const concat = (suffix: string): OpDefinition =>
  defineOp({
    type: `Concat${suffix}`,
    domain: fuzzDomain,
    version: 1,
    inputs: { parts: 'float32...' },
    outputs: { y: 'float32' },
    attributes: {},
    types: {},
    infer: () => ({ y: { dtype: 'float32', dims: undefined } }),
    kernel: ({ parts }) => {
      const rows = sizeOf(parts[0]!.dims.slice(0, -1));
      const widths = parts.map(({ dims }) => dims.at(-1)!);
      const columns = widths.reduce((a, b) => a + b, 0);
      const data = new Float32Array(rows * columns);
      for (let row = 0, at = 0; row < rows; row++) {
        for (const [i, { data: own }] of parts.entries()) {
          const width = widths[i]!;
          data.set((own as Floats).subarray(row * width, (row + 1) * width), at);
          at += width;
        }
      }
      return { y: tensor('float32', data, [...parts[0]!.dims.slice(0, -1), columns]) };
    },
    shader: missing('made in a test'),
    body: missing('has a variadic input'),
    grad: missing('made in a test'),
  });

/** Suffix of the operators without a function body. */
export const bare = 'Bare';

/** All operators; the standard operator of each has its name without the suffix. */
export const fuzzOperators: readonly OpDefinition[] = ['', bare].flatMap((suffix) => [
  unary('Neg', suffix, (x) => -x),
  unary('Abs', suffix, (x) => Math.abs(x)),
  binary('Add', suffix, (a, b) => a + b),
  binary('Sub', suffix, (a, b) => a - b),
  binary('Mul', suffix, (a, b) => a * b),
  split(suffix),
  concat(suffix),
]);
