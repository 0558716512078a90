// Gradient of TemplateOp for training in tfjs: cotangent of x from that of y.

import { float16ToFloat32, float32ToFloat16, type Vjp } from '../../../src/schema/index.ts';
import type { TemplateOpSchema } from './schema.ts';

/** `dx = a / (1 + a |x|)^2 dy`, in the type of x. */
export const grad: Vjp<TemplateOpSchema> = ({ x }, _outputs, { y: dy }, { sharpness: a }) => {
  const { dims } = x;
  const slope = (v: number): number => a / (1 + a * Math.abs(v)) ** 2;
  // The cotangent has the element type of the output, which is that of x.
  switch (x.dtype) {
    case 'float64': {
      const d = dy.data as Float64Array;
      return { x: { dtype: 'float64', dims, data: x.data.map((v, i) => slope(v) * d[i]!) } };
    }
    case 'float16': {
      const d = float16ToFloat32(dy.data as Uint16Array);
      const data = float16ToFloat32(x.data).map((v, i) => slope(v) * d[i]!);
      return { x: { dtype: 'float16', dims, data: float32ToFloat16(data) } };
    }
    case 'float32': {
      const d = dy.data as Float32Array;
      return { x: { dtype: 'float32', dims, data: x.data.map((v, i) => slope(v) * d[i]!) } };
    }
    default:
      throw new TypeError(`x must be float32, float64 or float16, got ${x.dtype}`);
  }
};
