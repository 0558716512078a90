// WGSL: the scalar equation G(x) = 0 of a row, x = ln T, k = 1/T, evaluated with four sums and no division by q - 1.

import { blocks } from './row.wgsl.ts';

/** `evaluate(k, row, indices, lane) -> Point`. With w = d k, u = 1 - s w, e = u^(1/s), e' = de/dx = e w/u and the sums
 * E = sum e, A = sum e w, B = sum e', C = sum e' w; m = A/E, L = -ln(1 - s m)/s; the Renyi entropy is H = ln E + L:
 *
 * `G = x + (r-1) ln E - (q-r) L`, `G' = 1 + [(r-1) B + (r-q) (C - m (B+E))/(1 - s m)]/E`.
 *
 * Newton's method is applied to e^G = 1 as an equation for T: T <- T (1 - step), step = (1 - e^-G)/G'. */
export const equationWgsl = `
struct Point {
  g: f32,
  step: f32,
  spread: f32,   // B / E: grows as a class nears the edge of the support
  mean_gap: f32, // m = <w>
  entropy: f32,  // Renyi, nats
}

fn evaluate(k: f32, row: Row, indices: Indices, lane: Lane) -> Point {
  var total = vec4f();
${blocks(
  'var block = vec4f();',
  `
      let w = min(gap(row, i) * k, 1e30);
      let weight = weight_of(w, indices);
      block += vec4f(weight.e, weight.e * w, weight.slope, weight.slope * w);
    `,
  'total += block;',
)}
  let sums = reduce_sum(total, lane);
  let e = sums.x;
  let m = sums.y / e;
  let log_e = ln(e);
  let l = -log_weight(m, indices);
  let g = -ln(k) + (indices.r - 1.0) * log_e - (indices.q - indices.r) * l;
  let bend = (sums.w - m * (sums.z + e)) / max(1.0 - indices.s * m, tiny);
  // Positive next to a maximum; elsewhere, in the region of several maxima, the step's size is what matters: too long.
  let slope = max(1.0 + ((indices.r - 1.0) * sums.z + (indices.r - indices.q) * bend) / e, 1e-6);
  return Point(g, g * expm1_quotient(-g) / slope, sums.z / e, m, log_e + l);
}`;
