// WGSL: reads logits and indices out of storage as the bits of a float32. Bits, since NaN and infinities cannot be
// told by comparing floats: WGSL may assume that there are none.

import type { Variant } from './variant.ts';

const loadFloat32 = (name: string): string => `
fn load_${name}(i: u32) -> u32 {
  return ${name}[i];
}`;

const loadFloat16 = (name: string): string => `
fn load_${name}(i: u32) -> u32 {
  return widen(${name}[i >> 1u] >> (16u * (i & 1u)));
}`;

/** float16 bits in the low half of a word to float32 bits, infinities and NaN kept. */
const widen = `
fn widen(word: u32) -> u32 {
  let sign = (word & 0x8000u) << 16u;
  if ((word & 0x7c00u) == 0x7c00u) {
    return sign | 0x7f800000u | ((word & 0x03ffu) << 13u);
  }
  return bitcast<u32>(unpack2x16float(word & 0xffffu).x);
}`;

/** `load_NAME(i) -> u32` for each storage array of floats. */
export const storageLoads = (storage: Variant['storage'], names: readonly string[]): string =>
  storage === 'float32'
    ? names.map((name) => loadFloat32(name)).join('')
    : widen + names.map((name) => loadFloat16(name)).join('');
