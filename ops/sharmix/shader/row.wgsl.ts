// WGSL: a row of the logits: where its elements lie, its largest finite logit, whether it has a solution, its gaps.

import { maxGap } from './uniforms.ts';

/** Addends of one partial sum. Sums of blocks keep the rounding at n = 1000 an order below that of a running sum. */
const blockSize = 16;

/** A loop of a lane over its elements of a row in blocks: runs `first`, then `each` for every element `i`, then `last`. */
export const blocks = (first: string, each: string, last: string): string => `
  for (var start = lane.index; start < params.n; start += ${blockSize}u * lane.count) {
    ${first}
    let end = min(params.n, start + ${blockSize}u * lane.count);
    for (var i = start; i < end; i += lane.count) { ${each} }
    ${last}
  }`;

/** `read_row(index, lane) -> Row` and `gap(row, i) -> f32`. */
export const rowWgsl = `
const max_gap = ${maxGap.toExponential()};
const lowest = -3.4028234e38;
const infinity_bits = 0x7f800000u;
const negative_infinity_bits = 0xff800000u;
const nan_bits = 0x7fc00000u;

struct Row {
  base: u32,
  half_top: f32, // half the largest finite logit
  count: f32,    // finite logits
  solvable: bool,
}

// A row of NaN, of +inf, or masked throughout has no solution.
fn read_row(index: u32, lane: Lane) -> Row {
  let base = (index / params.inner) * params.n * params.inner + index % params.inner;
  var top = lowest;
  var finite = 0.0;
  var bad = 0.0;
  for (var i = lane.index; i < params.n; i += lane.count) {
    let bits = load_logits(base + i * params.inner);
    if ((bits & infinity_bits) != infinity_bits) {
      top = max(top, bitcast<f32>(bits));
      finite += 1.0;
    } else if (bits != negative_infinity_bits) {
      bad += 1.0;
    }
  }
  let counts = reduce_sum(vec4f(finite, bad, 0.0, 0.0), lane);
  let highest = reduce_max(top, lane);
  return Row(base, 0.5 * highest, counts.x, counts.x > 0.0 && counts.y == 0.0);
}

// (max - z) / temperature, max_gap for a masked class.
fn gap(row: Row, i: u32) -> f32 {
  let bits = load_logits(row.base + i * params.inner);
  if (bits == negative_infinity_bits) { return max_gap; }
  return min(row.half_top - 0.5 * bitcast<f32>(bits), params.half_gap_limit) * params.half_gap_scale;
}`;
