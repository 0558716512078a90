// The WGSL form of SharMiX: float32 and float16 storage, computed in float32. float64 takes the JS kernel.

import type { Shader } from '../../src/schema/index.ts';
import type { SharmixSchema } from './schema.ts';
import { planForward } from './shader/plan.ts';

/** SharMiX in WebGPU. An index known on the CPU is checked there (RangeError); one that is on the device only and out
 * of range makes every row NaN. */
export const shader: Shader<SharmixSchema> = {
  types: { T: ['float32', 'float16'] },
  plan: (inputs, attributes, device) => planForward(inputs, attributes, device),
};
