// Gradient of SharMiX: vector-Jacobian product on CPU tensors. float32 by rows, float16 through float32, float64 by the reference.

import {
  DTypeError,
  float16ToFloat32,
  float32ToFloat16,
  labelOf,
  rowsAlong,
  ShapeError,
  type Rows,
  type Tensor,
  type Vjp,
  formatShape,
  sameShape,
} from '../../src/schema/index.ts';
import { forwardRows, vjpRows, type RowOptions } from './cpu/index.ts';
import { readIndices } from './indices.ts';
import { sharmixVjp } from './math/index.ts';
import { schema, type SharmixSchema } from './schema.ts';

const where = labelOf(schema);

const vjp64 = (
  logits: Float64Array,
  cotangent: Float64Array,
  { outer, n, inner }: Rows,
  options: RowOptions,
): { dz: Float64Array; dq: number; dr: number } => {
  const dz = new Float64Array(logits.length);
  const row = new Float64Array(n);
  const dp = new Float64Array(n);
  let dq = 0;
  let dr = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * n * inner + i;
      for (let j = 0; j < n; j++) {
        row[j] = logits[start + j * inner]!;
        dp[j] = cotangent[start + j * inner]!;
      }
      const gradients = sharmixVjp(row, dp, options);
      for (let j = 0; j < n; j++) dz[start + j * inner] = gradients.dz[j]!;
      dq += gradients.dq;
      dr += gradients.dr;
    }
  }
  return { dz, dq, dr };
};

/** An index's gradient as a tensor like the index. */
const scalarLike = ({ dtype, dims }: Tensor, value: number): Tensor => {
  switch (dtype) {
    case 'float64':
      return { dtype, dims, data: Float64Array.of(value) };
    case 'float16':
      return { dtype, dims, data: float32ToFloat16([value]) };
    default:
      return { dtype: 'float32', dims, data: Float32Array.of(value) };
  }
};

const checkLike = (name: string, value: Tensor, logits: Tensor): void => {
  if (value.dtype !== logits.dtype) {
    throw new DTypeError({
      where,
      what: name,
      rule: `must have the logits' type, ${logits.dtype}`,
      actual: value.dtype,
    });
  }
  if (sameShape(value.dims, logits.dims)) return;
  throw new ShapeError({
    where,
    what: name,
    rule: `must be shaped as the logits, ${formatShape(logits.dims)}`,
    actual: formatShape(value.dims),
  });
};

/** Cotangents of logits, q and r from that of the probabilities, summed over the rows for q and r.
 *
 * An absent r follows q: q's gradient is then the total derivative. Under coupling `entmax` logits and q have the gradient
 * of q-entmax, r has 0. float16 sees the probabilities unrounded.
 * @throws {ShapeError} {DTypeError} A cotangent or probabilities unlike the logits; else as the kernel. */
export const grad: Vjp<SharmixSchema> = (inputs, outputs, cotangents, attributes) => {
  const { logits, q, r } = inputs;
  const { axis, temperature, coupling } = attributes;
  const options: RowOptions = { ...readIndices(inputs), temperature, coupling };
  const rows = rowsAlong(logits.dims, axis, where);
  const { probabilities } = outputs;
  const cotangent = cotangents.probabilities;
  checkLike('output probabilities', probabilities, logits);
  checkLike('cotangent of probabilities', cotangent, logits);
  const { dims } = logits;
  let dz: Tensor;
  let dq: number;
  let dr: number;
  switch (logits.dtype) {
    case 'float32': {
      // Their types are the logits': checked above.
      const p = probabilities.data as Float32Array;
      const dp = cotangent.data as Float32Array;
      const gradients = vjpRows(logits.data, p, dp, rows, options);
      dz = { dtype: 'float32', dims, data: gradients.dz };
      ({ dq, dr } = gradients);
      break;
    }
    case 'float64': {
      const dp = cotangent.data as Float64Array;
      const gradients = vjp64(logits.data, dp, rows, options);
      dz = { dtype: 'float64', dims, data: gradients.dz };
      ({ dq, dr } = gradients);
      break;
    }
    case 'float16': {
      const z = float16ToFloat32(logits.data);
      const p = new Float32Array(z.length);
      forwardRows(z, p, rows, options);
      const dp = float16ToFloat32(cotangent.data as Uint16Array);
      const gradients = vjpRows(z, p, dp, rows, options);
      dz = { dtype: 'float16', dims, data: float32ToFloat16(gradients.dz) };
      ({ dq, dr } = gradients);
      break;
    }
    default:
      throw new DTypeError({
        where,
        what: 'input logits',
        rule: `must be ${schema.types.T.join(', ')}`,
        actual: logits.dtype,
      });
  }
  return {
    logits: dz,
    ...(q === undefined ? {} : { q: scalarLike(q, r === undefined ? dq + dr : dq) }),
    ...(r === undefined ? {} : { r: scalarLike(r, dr) }),
  };
};
