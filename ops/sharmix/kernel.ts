// JS kernel of SharMiX: float32 by rows, float16 through float32, float64 by the reference.

import {
  DTypeError,
  float16ToFloat32,
  float32ToFloat16,
  labelOf,
  rowsAlong,
  type Kernel,
  type Rows,
} from '../../src/schema/index.ts';
import { forwardRows, type RowOptions } from './cpu/index.ts';
import { readIndices } from './indices.ts';
import { sharmix } from './math/index.ts';
import { schema, type SharmixSchema } from './schema.ts';

const where = labelOf(schema);

const forward64 = (
  logits: Float64Array,
  { outer, n, inner }: Rows,
  options: RowOptions,
): Float64Array => {
  const out = new Float64Array(logits.length);
  const row = new Float64Array(n);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * n * inner + i;
      for (let j = 0; j < n; j++) row[j] = logits[start + j * inner]!;
      const p = sharmix(row, options);
      for (let j = 0; j < n; j++) out[start + j * inner] = p[j]!;
    }
  }
  return out;
};

/** `argmax_p <p, logits>/temperature + H_{r,q}(p)/q` along `axis`.
 *
 * @returns probabilities, shape and type of the logits. -infinity masks a class; a row with NaN or +infinity, or masked
 *   throughout, is NaN.
 * @throws {RangeError} q or r out of range. {ShapeError} Axis out of range, rank 0, q or r no scalar.
 *   {DTypeError} A type the operator lacks, or q or r of another type than the logits. */
export const kernel: Kernel<SharmixSchema> = (inputs, attributes) => {
  const { logits } = inputs;
  const { axis, temperature, coupling } = attributes;
  const { q, r } = readIndices(inputs);
  const { dtype, dims, data } = logits;
  const rows = rowsAlong(dims, axis, where);
  const options: RowOptions = { q, r, temperature, coupling };
  switch (dtype) {
    case 'float32': {
      const out = new Float32Array(data.length);
      forwardRows(data, out, rows, options);
      return { probabilities: { dtype, dims, data: out } };
    }
    case 'float64':
      return { probabilities: { dtype, dims, data: forward64(data, rows, options) } };
    case 'float16': {
      const values = float16ToFloat32(data);
      forwardRows(values, values, rows, options);
      return { probabilities: { dtype, dims, data: float32ToFloat16(values) } };
    }
    default:
      throw new DTypeError({
        where,
        what: 'input logits',
        rule: `must be ${schema.types.T.join(', ')}`,
        actual: dtype,
      });
  }
};
