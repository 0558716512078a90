// IEEE 754 binary16 to and from binary32, by bits: round to nearest even, subnormals, infinities and NaN kept.

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** The binary16 bits nearest to `value` (ties to even); overflow gives infinity, NaN gives a quiet NaN. */
export const float16Bits = (value: number): number => {
  f32[0] = value;
  const bits = u32[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x33000001) return sign;
  const exponent = magnitude >>> 23;
  if (exponent >= 113) {
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const half = 1 << (shift - 1);
  const kept = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
};

/** The value of binary16 bits. */
export const float16Value = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
};

/** binary16 bits widened to float32. */
export const float16ToFloat32 = (bits: ArrayLike<number>): Float32Array => {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < values.length; i++) values[i] = float16Value(bits[i] ?? 0);
  return values;
};

/** Values rounded to binary16 bits. */
export const float32ToFloat16 = (values: ArrayLike<number>): Uint16Array => {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = float16Bits(values[i] ?? 0);
  return bits;
};
