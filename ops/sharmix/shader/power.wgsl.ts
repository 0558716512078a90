// WGSL: logarithms and powers that are accurate where the builtins need not be, without a division by q - 1.

/** `e(w) = (1 - s w)_+^(1/s)`, exp(-w) at s = 0, and its logarithm.
 *
 * WGSL's log may be off by 2^-21 near 1, which a division by s = q - 1 makes a large error: the logarithm is a series in
 * y = f/(2+f), ln(1+f) = 2 atanh(y), where f = -s w as long as 1 - s w is in [0.71, 1.41). There f/s is just -w. */
export const powerWgsl = `
const tiny = 1e-30;
const ln2 = 0.6931471805599453;
const sqrt_half_bits = 0x3f3504f3;

// x = fraction * 2^exponent, fraction in [0.707, 1.414), for x > 0.
struct Split {
  exponent: i32,
  fraction: f32,
}

fn split(x: f32) -> Split {
  let bits = bitcast<i32>(x);
  let exponent = (bits - sqrt_half_bits) >> 23u;
  return Split(exponent, bitcast<f32>(bits - (exponent << 23u)));
}

// ln(1 + f) / f for f in [-0.293, 0.415).
fn log_quotient(f: f32) -> f32 {
  let h = 2.0 / (2.0 + f);
  let y = 0.5 * f * h;
  let y2 = y * y;
  return h * (1.0 + y2 * (1.0 / 3.0 + y2 * (1.0 / 5.0 + y2 * (1.0 / 7.0 + y2 * (1.0 / 9.0)))));
}

// ln x for x > 0.
fn ln(x: f32) -> f32 {
  let parts = split(x);
  let f = parts.fraction - 1.0;
  return f32(parts.exponent) * ln2 + f * log_quotient(f);
}

// ln(1 - s w) / s, -w at s = 0; 1 - s w counts as at least tiny.
fn log_weight(w: f32, indices: Indices) -> f32 {
  let v = indices.s * w;
  let parts = split(max(1.0 - v, tiny));
  let near = parts.exponent == 0;
  let f = select(parts.fraction - 1.0, -v, near);
  let quotient = select(f * indices.inverse, -w, near);
  return f32(parts.exponent) * ln2 * indices.inverse + quotient * log_quotient(f);
}

// (e^x - 1) / x; a polynomial near 0.
fn expm1_quotient(x: f32) -> f32 {
  if (abs(x) < 0.25) {
    return 1.0 + x * (1.0 / 2.0 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x * (1.0 / 720.0)))));
  }
  return (exp(min(x, 80.0)) - 1.0) / x;
}

struct Weight {
  e: f32,
  slope: f32, // d e / d ln T = e w / (1 - s w)
}

// Exactly 0 off the support, and where e falls below the normal float32.
fn weight_of(w: f32, indices: Indices) -> Weight {
  let u = 1.0 - indices.s * w;
  let exponent = log_weight(w, indices);
  let e = select(0.0, exp(max(exponent, -88.0)), u > 0.0 && exponent > -87.0);
  return Weight(e, e * w / max(u, tiny));
}`;
