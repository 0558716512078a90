// WGSL: the region r < 2 - 1/q, where several maxima can exist: a grid of T finds the one with the largest objective.

/** Grid points. At 32 none of 379 rows with several maxima went to a wrong one. */
const points = 32;

/** `best_start(log_n, row, indices, lane) -> k`: k near the global maximiser.
 *
 * The maxima are the roots where G turns from - to +. Candidates are the first and the last of them on the grid (each
 * refined by the secant) and the grid point of the largest objective, `-T m + H_{r,q}/q`, each after 3 Newton steps.
 * A later candidate must win by more than rounding: where logits nearly tie the objective is flat, and its largest value on
 * the grid may be far from any root. */
export const scanWgsl = `
const grid_points = ${points}u;
const objective_rounding = 1e-6;

fn objective(k: f32, point: Point, indices: Indices) -> f32 {
  let entropy = point.entropy * expm1_quotient((1.0 - indices.r) * point.entropy);
  return entropy / indices.q - point.mean_gap / k;
}

fn best_start(log_n: f32, row: Row, indices: Indices, lane: Lane) -> f32 {
  let from_x = -indices.s * log_n;
  let spacing = ((indices.q - indices.r) * log_n - from_x) / f32(grid_points - 1u);
  var last_g = 0.0;
  var highest = lowest;
  var crossed = false;
  // First crossing, last crossing, best objective, as x = ln T.
  var candidates = vec3f();
  for (var i = 0u; i < grid_points; i++) {
    let x = from_x + f32(i) * spacing;
    let k = exp(-x);
    let point = evaluate(k, row, indices, lane);
    let value = objective(k, point, indices);
    if (i == 0u || value > highest) {
      highest = value;
      candidates.z = x;
    }
    if (i > 0u && last_g <= 0.0 && point.g > 0.0) {
      let crossing = x - spacing * point.g / (point.g - last_g);
      if (!crossed) { candidates.x = crossing; }
      candidates.y = crossing;
      crossed = true;
    }
    last_g = point.g;
  }
  if (!crossed) { candidates = vec3f(candidates.z); }

  highest = lowest;
  var best = 1.0;
  for (var c = 0u; c < 3u; c++) {
    var k = exp(-candidates[c]);
    for (var i = 0u; i < 3u; i++) {
      k /= clamp(1.0 - evaluate(k, row, indices, lane).step, 0.7, 1.4);
    }
    let value = objective(k, evaluate(k, row, indices, lane), indices);
    if (c == 0u || value > highest + objective_rounding * (1.0 + abs(highest))) {
      highest = value;
      best = k;
    }
  }
  return best;
}`;
