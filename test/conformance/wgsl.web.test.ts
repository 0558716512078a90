// The WGSL forms in Chromium: with subgroups and without, the small inputs' values known to the plan or on the device only.

import { afterAll, beforeAll, describe } from 'vitest';
import { WebGpuExecutor, type GpuTensor, type Ports } from '../../src/runtime/webgpu/index.ts';
import type { Tensor } from '../../src/schema/index.ts';
import type { RunForm, Values } from '../../src/testing/index.ts';
import { createDevice } from '../e2e/web/device.ts';
import { conformanceSuite } from './suite.ts';

const mapValues = <V>(values: Values, map: (value: Tensor) => V): Ports<V> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (value === undefined) return [name, undefined];
      return [name, 'dtype' in value ? map(value) : value.map((part) => map(part))];
    }),
  );

const listOf = (ports: Ports<GpuTensor>): GpuTensor[] =>
  Object.values(ports)
    .flat()
    .filter((value) => value !== undefined);

describe.each([{ subgroups: true }, { subgroups: false }])(
  'subgroups: $subgroups',
  ({ subgroups }) => {
    let executor: WebGpuExecutor;
    beforeAll(async () => {
      executor = new WebGpuExecutor(await createDevice({ subgroups }));
    });
    afterAll(() => {
      executor.dispose();
      executor.device.destroy();
    });

    const runForm =
      (isKnown: boolean): RunForm =>
      async (op, inputs, attributes) => {
        const uploaded = mapValues(inputs, (value) => {
          const { data, ...gpu } = executor.upload(value);
          return isKnown && data !== undefined ? { ...gpu, data } : gpu;
        });
        try {
          const outputs = await executor.run(op, uploaded, attributes);
          const results: Record<string, Tensor> = {};
          for (const [name, value] of Object.entries(outputs)) {
            if (value === undefined || !('buffer' in value)) continue;
            results[name] = await executor.download(value);
            executor.release(value);
          }
          return results;
        } finally {
          for (const value of listOf(uploaded)) executor.release(value);
        }
      };

    describe('values known to the plan', () => {
      conformanceSuite('wgsl', runForm(true), {
        dtypes: ['float32', 'float16'],
        outOfDomain: 'throws',
      });
    });

    describe('values on the device only', () => {
      conformanceSuite('wgsl', runForm(false), {
        dtypes: ['float32', 'float16'],
        outOfDomain: 'nan',
      });
    });
  },
);
