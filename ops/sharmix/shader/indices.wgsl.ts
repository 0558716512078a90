// WGSL: the indices q and r from wherever they are, with what the formulas derive from them.

import { maxQ, maxR } from '../schema.ts';
import type { Variant } from './variant.ts';

const valueOf = (name: 'q' | 'r', source: Variant['r']): string => {
  if (source === 'q') return 'q';
  return source === 'uniform' ? `bitcast<u32>(params.${name})` : `load_${name}_index(0u)`;
};

/** `read_indices() -> Indices`. Out of range, NaN included, is not `valid`: then every row is NaN, never a clamped value.
 * Positive floats are ordered as their bits are, so the ranges are tested on bits. */
export const indicesWgsl = ({ q, r }: Variant): string => `
struct Indices {
  q: f32,
  r: f32,
  s: f32,       // q - 1
  inverse: f32, // 1 / s, 0 at s = 0
  valid: bool,
}

fn in_range(bits: u32, highest: f32) -> bool {
  return bits >= bitcast<u32>(1.0) && bits <= bitcast<u32>(highest);
}

fn read_indices() -> Indices {
  let q = ${valueOf('q', q)};
  let r = ${valueOf('r', r)};
  if (!in_range(q, ${maxQ}.0) || !in_range(r, ${maxR}.0)) {
    return Indices(1.0, 1.0, 0.0, 0.0, false);
  }
  let s = bitcast<f32>(q) - 1.0;
  let inverse = select(0.0, 1.0 / max(s, tiny), s > 0.0);
  return Indices(bitcast<f32>(q), bitcast<f32>(select(r, q, params.entmax == 1u)), s, inverse, true);
}`;
