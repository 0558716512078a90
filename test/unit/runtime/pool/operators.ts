// Operators for the tests of pools. Workers load this file as JavaScript: from the build.

import { defineOp, dtypes, missing, type OpDefinition } from '../../../../src/schema/index.ts';

const why = missing('a test operator');

/** What `Act` does, by the value of its input. */
export const acts = {
  nothing: 0,
  exit: 1,
  throwLater: 2,
  fillHeap: 3,
  abort: 4,
  throwNow: 5,
  reject: 6,
  throwText: 7,
  throwNothing: 8,
  wrongType: 9,
  wrongShape: 10,
  noOutput: 11,
  wait: 12,
  rangeError: 13,
  /** Computes for 200 ms without a pause. */
  compute: 14,
} as const;

const fillHeap = (): never => {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from({ length: 10_000 }, Math.random));
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** y = 2 * code, after what the code says. */
export const act: OpDefinition = defineOp({
  type: 'Act',
  domain: 'test.pool',
  version: 1,
  inputs: { code: 'T' },
  outputs: { y: 'T' },
  attributes: {},
  types: { T: ['int32'] },
  infer: ({ code }) => ({ y: code }),
  kernel: async ({ code }) => {
    const y = { dtype: 'int32', dims: [1], data: Int32Array.of(2 * Number(code.data[0])) } as const;
    switch (code.data[0]) {
      case acts.exit:
        return process.exit(3);
      case acts.throwLater:
        setTimeout(() => {
          throw new Error('thrown in a timer');
        });
        await pause(10_000);
        break;
      case acts.fillHeap:
        return fillHeap();
      case acts.abort:
        return process.abort();
      case acts.reject:
        await pause(1);
        throw new Error('rejected on purpose', { cause: new TypeError('the root') });
      case acts.compute:
        for (const end = performance.now() + 200; performance.now() < end;);
        break;
      case acts.wait:
        await pause(100);
        break;
      default:
    }
    return { y };
  },
  shader: why,
  body: why,
  grad: why,
});

/** As `Act`, without a promise. */
export const actNow: OpDefinition = defineOp({
  type: 'ActNow',
  domain: 'test.pool',
  version: 1,
  inputs: { code: 'T' },
  outputs: { y: 'T' },
  attributes: {},
  types: { T: ['int32'] },
  infer: ({ code }) => ({ y: code }),
  kernel: ({ code }) => {
    switch (code.data[0]) {
      case acts.throwNow:
        throw new Error('thrown on purpose');
      case acts.throwText:
        // oxlint-disable-next-line typescript/only-throw-error -- kernels of users may
        throw 'a text';
      case acts.throwNothing:
        // oxlint-disable-next-line typescript/only-throw-error -- kernels of users may
        throw undefined;
      case acts.rangeError:
        throw new RangeError('out of its domain');
      case acts.wrongType:
        return { y: { dtype: 'float32', dims: [1], data: Float32Array.of(1) } };
      case acts.wrongShape:
        return { y: { dtype: 'int32', dims: [2], data: Int32Array.of(1) } };
      case acts.noOutput:
        return {} as never;
      default:
        return {
          y: { dtype: 'int32', dims: [1], data: Int32Array.of(2 * Number(code.data[0])) },
        };
    }
  },
  shader: why,
  body: why,
  grad: why,
});

/** y = x, of every type. */
const echo: OpDefinition = defineOp({
  type: 'Echo',
  domain: 'test.pool',
  version: 1,
  inputs: { x: 'T' },
  outputs: { y: 'T' },
  attributes: {},
  types: { T: dtypes },
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x }) => ({ y: x }),
  shader: why,
  body: why,
  grad: why,
});

/** y = the first half of x, by a view of x. */
const half: OpDefinition = defineOp({
  type: 'Half',
  domain: 'test.pool',
  version: 1,
  inputs: { x: 'T' },
  outputs: { y: 'T' },
  attributes: {},
  types: { T: ['float32'] },
  infer: ({ x }) => ({ y: { dtype: x.dtype, dims: undefined } }),
  kernel: ({ x }) => {
    const data = (x.data as Float32Array).subarray(0, x.data.length / 2);
    return { y: { dtype: 'float32', dims: [data.length], data } };
  },
  shader: why,
  body: why,
  grad: why,
});

/** Operators come in arrays too, and arrays in arrays, beside what is none. */
export const others: readonly [OpDefinition, readonly [OpDefinition]] = [echo, [half]];
export { affine, parts, total } from '../operators.ts';
