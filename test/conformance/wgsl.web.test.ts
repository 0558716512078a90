// The WGSL forms in Chromium: with subgroups and without, the small inputs' values known to the plan or on the device only.

import { afterAll, beforeAll, describe } from 'vitest';
import { WebGpuExecutor } from '../../src/runtime/webgpu/index.ts';
import { wgslForm } from '../../src/testing/index.ts';
import { createDevice } from '../e2e/web/device.ts';
import { conformanceSuite } from './suite.ts';

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

    describe('values known to the plan', () => {
      conformanceSuite('wgsl', (...call) => wgslForm(executor, true)(...call), {
        dtypes: ['float32', 'float16'],
        outOfDomain: 'throws',
      });
    });

    describe('values on the device only', () => {
      conformanceSuite('wgsl', (...call) => wgslForm(executor, false)(...call), {
        dtypes: ['float32', 'float16'],
        outOfDomain: 'nan',
      });
    });
  },
);
