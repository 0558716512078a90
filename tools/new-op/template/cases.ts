// Cases of TemplateOp that every form is tested on: values known by heart, edges, random tensors.

import type { OpCases } from '../../../src/testing/index.ts';
import { templateOp } from './index.ts';

/** Cases of TemplateOp. */
export const cases: OpCases = {
  op: templateOp,
  cases: [
    {
      name: 'by heart',
      inputs: { x: { dims: [5], values: [-1, 0, 0.5, 1, 3] } },
      expected: { y: { dims: [5], values: [-0.5, 0, 1 / 3, 0.5, 0.75] } },
    },
    {
      name: 'sharpness 4',
      inputs: { x: { dims: [2, 2], values: [-0.25, 0.25, 0.5, 1] } },
      attributes: { sharpness: 4 },
      expected: { y: { dims: [2, 2], values: [-0.5, 0.5, 2 / 3, 0.8] } },
    },
    { name: 'a scalar', inputs: { x: { dims: [], values: [2] } } },
    { name: 'an empty tensor', inputs: { x: { dims: [0, 3], values: [] } } },
    { name: 'NaN', inputs: { x: { dims: [2], values: [NaN, 1] } } },
  ],
  // The second derivative jumps at 0: central differences say little there.
  isSmooth: ({ inputs }) => {
    const { x } = inputs;
    return x === undefined || !('dims' in x) || !Array.from(x.values).includes(0);
  },
  generators: [
    {
      name: 'normal',
      seed: 1,
      count: 12,
      generate: (random) => {
        const dims = [1 + random.integer(3), 1 + random.integer(70)];
        const length = dims[0]! * dims[1]!;
        return {
          inputs: { x: { dims, values: Array.from({ length }, () => 3 * random.normal()) } },
          attributes: { sharpness: 0.1 + 3 * random.uniform() },
        };
      },
    },
  ],
};
