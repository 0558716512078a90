// The uniforms of the forward pass: their WGSL struct and the bytes that fill it. One place, so that the two agree.

import type { Rows } from '../../../src/schema/index.ts';

/** WGSL of the uniforms. A row's elements lie `inner` apart. */
export const paramsStruct = `
struct Params {
  rows: u32,
  n: u32,
  inner: u32,
  rows_per_group: u32,
  half_gap_scale: f32, // 2 / temperature
  half_gap_limit: f32, // gaps are capped at max_gap
  q: f32,              // where it is no storage scalar
  r: f32,
  entmax: u32,         // 1: coupling entmax, r := q
}`;

const paramsBytes = 48;

/** Largest scaled gap: far beyond any support, and its product with the largest 1/T is still a finite float32. */
export const maxGap = 1e15;
const maxFloat = 3.4e38;

/** Values of the uniforms. */
export interface Params {
  readonly rows: Rows;
  readonly rowsPerGroup: number;
  readonly temperature: number;
  readonly q: number;
  readonly r: number;
  readonly entmax: boolean;
}

/** The bytes of the uniforms. The gap (max - z)/t is formed as (max/2 - z/2) * (2/t), capped before the product: neither
 * overflows, whatever the logits and the temperature. */
export const packParams = (params: Params): ArrayBuffer => {
  const { rows, rowsPerGroup, temperature, q, r, entmax } = params;
  const bytes = new ArrayBuffer(paramsBytes);
  const integers = new Uint32Array(bytes);
  const floats = new Float32Array(bytes);
  const scale = Math.min(2 / temperature, maxFloat);
  integers.set([rows.outer * rows.inner, rows.n, rows.inner, rowsPerGroup]);
  floats.set([scale, Math.min(maxGap / scale, maxFloat), q, r], 4);
  integers[8] = entmax ? 1 : 0;
  return bytes;
};
