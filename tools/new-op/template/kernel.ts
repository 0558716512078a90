// JS kernel of TemplateOp. Its float64 results are what every other form is compared with.

import { float16ToFloat32, float32ToFloat16, type Kernel } from '../../../src/schema/index.ts';
import type { TemplateOpSchema } from './schema.ts';

/** `y = a x / (1 + a |x|)`: shape and type of x; NaN stays NaN, and ±infinity, the limit of which is ±1, is NaN. */
export const kernel: Kernel<TemplateOpSchema> = ({ x }, { sharpness: a }) => {
  const { dtype, dims } = x;
  const value = (v: number): number => (a * v) / (1 + a * Math.abs(v));
  switch (x.dtype) {
    case 'float64':
      return { y: { dtype: 'float64', dims, data: x.data.map(value) } };
    case 'float16':
      return {
        y: { dtype: 'float16', dims, data: float32ToFloat16(float16ToFloat32(x.data).map(value)) },
      };
    case 'float32':
      return { y: { dtype: 'float32', dims, data: x.data.map(value) } };
    default:
      // The runtime checks element types against the schema before it calls.
      throw new TypeError(`x must be float32, float64 or float16, got ${dtype}`);
  }
};
