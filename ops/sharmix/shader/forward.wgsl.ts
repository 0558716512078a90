// WGSL: the whole forward shader of a variant: bindings, the parts, and the entry point of each row kind.

import { equationWgsl } from './equation.wgsl.ts';
import { indicesWgsl } from './indices.wgsl.ts';
import { powerWgsl } from './power.wgsl.ts';
import { reduceWgsl } from './reduce.wgsl.ts';
import { blocks, rowWgsl } from './row.wgsl.ts';
import { scanWgsl } from './scan.wgsl.ts';
import { solveWgsl } from './solve.wgsl.ts';
import { storageLoads } from './storage.wgsl.ts';
import { paramsStruct } from './uniforms.ts';
import { workgroupSize, type Variant } from './variant.ts';

/** Storage scalars of a variant, in binding order. */
export const storedIndices = ({ q, r }: Variant): ('q' | 'r')[] => [
  ...(q === 'stored' ? (['q'] as const) : []),
  ...(r === 'stored' ? (['r'] as const) : []),
];

const bindings = (variant: Variant): string => {
  const indices = storedIndices(variant).map((name) => `<storage, read> ${name}_index: array<u32>`);
  return [
    '<storage, read> logits: array<u32>',
    '<storage, read_write> probabilities: array<u32>',
    ...indices,
    '<uniform> params: Params',
  ]
    .map((text, i) => `@group(0) @binding(${i}) var${text};`)
    .join('\n');
};

/** `forward(index, lane)`: solves a row and writes its probabilities, as bits since they may be NaN.
 * p = max(0, e - e' step)/sum: the last Newton step, linearised. */
const forward = `
fn finished(row: Row, root: Root, indices: Indices, i: u32) -> f32 {
  let weight = weight_of(min(gap(row, i) * root.k, 1e30), indices);
  return max(0.0, weight.e - weight.slope * root.step);
}

fn forward(index: u32, lane: Lane) {
  let indices = read_indices();
  let row = read_row(index, lane);
  if (!row.solvable || !indices.valid) {
    for (var i = lane.index; i < params.n; i += lane.count) {
      probabilities[row.base + i * params.inner] = nan_bits;
    }
    return;
  }
  let root = solve(row, indices, lane);
  var total = 0.0;
${blocks('var block = 0.0;', 'block += finished(row, root, indices, i);', 'total += block;')}
  let sum = reduce_sum(vec4f(total, 0.0, 0.0, 0.0), lane).x;
  for (var i = lane.index; i < params.n; i += lane.count) {
    probabilities[row.base + i * params.inner] = bitcast<u32>(finished(row, root, indices, i) / sum);
  }
}`;

/** The first lines of every entry point. `group` counts the workgroups of a dispatch in x and y. */
const entry = `
@compute @workgroup_size(${workgroupSize})
fn main(
  @builtin(workgroup_id) group_id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let group = group_id.y * groups.x + group_id.x;`;

const mains = {
  invocation: `${entry}
  let row = group * ${workgroupSize}u + local;
  if (row < params.rows) { forward(row, Lane(0u, 1u, 0u, 1u, true)); }
}`,
  // A workgroup owns rows_per_group rows; its subgroups, however many and however large, take turns.
  subgroup: `${entry}
  let seat = take_seat(local);
  let lane = Lane(subgroupExclusiveAdd(1u), subgroupAdd(1u), seat.x, seat.y, false);
  let end = min(params.rows, (group + 1u) * params.rows_per_group);
  for (var row = group * params.rows_per_group + seat.x; row < end; row += seat.y) {
    forward(row, lane);
  }
}`,
  workgroup: (withSubgroups: boolean) => `${entry}
${
  withSubgroups
    ? `  let seat = take_seat(local);
  let lane = Lane(local, ${workgroupSize}u, seat.x, seat.y, subgroupElect());`
    : `  let lane = Lane(local, ${workgroupSize}u, 0u, 1u, false);`
}
  if (group < params.rows) { forward(group, lane); }
}`,
};

const mainOf = ({ rows, reduction }: Variant): string =>
  rows === 'workgroup' ? mains.workgroup(reduction === 'subgroup') : mains[rows];

/** The text of a forward variant. */
export const forwardSource = (variant: Variant): string => {
  const indices = storedIndices(variant).map((name) => `${name}_index`);
  return [
    // Rows end at different times, so subgroups part ways between rows; never inside one.
    variant.rows === 'subgroup' ? 'diagnostic(off, subgroup_uniformity);' : '',
    variant.reduction === 'subgroup' ? 'enable subgroups;' : '',
    paramsStruct,
    bindings(variant),
    storageLoads(variant.storage, ['logits', ...indices]),
    indicesWgsl(variant),
    powerWgsl,
    reduceWgsl(variant),
    rowWgsl,
    equationWgsl,
    variant.scan ? scanWgsl : '',
    solveWgsl(variant.scan),
    forward,
    mainOf(variant),
    '',
  ]
    .filter((part, i) => part !== '' || i > 2)
    .join('\n');
};
