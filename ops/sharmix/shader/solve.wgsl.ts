// WGSL: the root of G by Newton's method inside a true bracket.

/** `solve(row, indices, lane) -> Root`: k and the Newton step that remains, which the finish applies linearly.
 *
 * The root lies in k in [1, n^(r-1)] for r >= q, else in [n^(r-q), n^(q-1)], n the finite logits. A step that leaves the
 * bracket, is too long or does not halve |G| is replaced by the bracket's middle (in ln k). The remaining step is small
 * enough when |step| (1 + B/E) is: near the edge of the support, where B/E is large, the linear finish is good for less. */
export const solveWgsl = (scan: boolean): string => `
const step_tolerance = 3e-4;
const step_resolution = 6e-8;
const bracket_margin = 1e-3;

struct Root {
  k: f32,
  step: f32,
}

fn solve(row: Row, indices: Indices, lane: Lane) -> Root {
  let log_n = ln(row.count);
  let concave_side = indices.r >= indices.q;
  var low = select(exp((indices.r - indices.q) * log_n), 1.0, concave_side) * (1.0 - bracket_margin);
  var high = exp(select(indices.s, indices.r - 1.0, concave_side) * log_n) * (1.0 + bracket_margin);
  var k = 1.0;
${
  scan
    ? `
  if (indices.q * (2.0 - indices.r) > 1.00001) {
    k = best_start(log_n, row, indices, lane);
    low = 0.5 * k;
    high = 2.0 * k;
  }`
    : ''
}
  let max_evaluations = select(20u, 24u, params.n >= 10000u);
  var previous = 1e30;
  var evaluations = 0u;
  loop {
    let point = evaluate(k, row, indices, lane);
    evaluations++;
    let size = abs(point.step);
    if (size * (1.0 + point.spread) < step_tolerance || size < step_resolution || evaluations == max_evaluations) {
      return Root(k, point.step);
    }
    if (point.g > 0.0) { low = k; } else { high = k; }
    let shrink = 1.0 - point.step;
    let candidate = k / max(shrink, 0.2);
    let good = shrink >= 0.2 && abs(point.g) <= 0.5 * previous && candidate > low && candidate < high;
    k = select(sqrt(low) * sqrt(high), candidate, good);
    previous = abs(point.g);
  }
}`;
