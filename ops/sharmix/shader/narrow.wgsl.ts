// WGSL: a flat pass from float32 to float16, two to a word. A pass of its own, since neighbouring rows share words.

/** Invocations of a workgroup, one word each. */
export const narrowWorkgroupSize = 64;

/** Pipeline key of {@link narrowSource}. */
export const narrowKey = `narrow ${narrowWorkgroupSize}`;

/** Rounds to nearest, ties to even, by bits: WGSL leaves the rounding of its own packing open, and NaN must stay NaN.
 * The uniform is the count of elements. */
export const narrowSource = (): string => `
@group(0) @binding(0) var<storage, read_write> wide: array<u32>;
@group(0) @binding(1) var<storage, read_write> narrow: array<u32>;
@group(0) @binding(2) var<uniform> count: vec4u;

fn half_bits(bits: u32) -> u32 {
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return sign | 0x7e00u; }
  if (magnitude >= 0x477ff000u) { return sign | 0x7c00u; }
  if (magnitude < 0x33000001u) { return sign; }
  let exponent = magnitude >> 23u;
  if (exponent >= 113u) {
    let rebased = magnitude - 0x38000000u;
    return sign | ((rebased + 0xfffu + ((rebased >> 13u) & 1u)) >> 13u);
  }
  let mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  let shift = 126u - exponent;
  let half = 1u << (shift - 1u);
  let kept = mantissa >> shift;
  let rest = mantissa & ((1u << shift) - 1u);
  return sign | (kept + select(0u, 1u, rest > half || (rest == half && (kept & 1u) == 1u)));
}

@compute @workgroup_size(${narrowWorkgroupSize})
fn main(
  @builtin(workgroup_id) group_id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let word = (group_id.y * groups.x + group_id.x) * ${narrowWorkgroupSize}u + local;
  let i = 2u * word;
  if (i >= count.x) { return; }
  let low = half_bits(wide[i]);
  var high = 0u;
  if (i + 1u < count.x) { high = half_bits(wide[i + 1u]); }
  narrow[word] = low | (high << 16u);
}
`;
