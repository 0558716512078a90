// WGSL: the lanes of a row and their reductions, `reduce_sum` and `reduce_max`: every lane gets the row's value.
// With several lanes in a workgroup the value goes through workgroupUniformLoad, a barrier whose result counts as uniform.

import { workgroupSize, type Variant } from './variant.ts';

const laneStruct = `
struct Lane {
  index: u32,
  count: u32,
  seat: u32,  // which subgroup of the workgroup
  seats: u32,
  elected: bool,
}`;

const alone = `${laneStruct}
fn reduce_sum(value: vec4f, lane: Lane) -> vec4f { return value; }
fn reduce_max(value: f32, lane: Lane) -> f32 { return value; }`;

/** Numbers the subgroups of a workgroup in the order of their first invocations, whatever the mapping of invocations to
 * subgroups: `.x` the number of this invocation's, `.y` how many there are. */
const seating = `
var<workgroup> leads: array<u32, ${workgroupSize}>;

fn take_seat(local: u32) -> vec2u {
  leads[local] = select(0u, 1u, subgroupElect());
  let first = subgroupBroadcastFirst(local);
  workgroupBarrier();
  var seat = 0u;
  var seats = 0u;
  for (var i = 0u; i < ${workgroupSize}u; i++) {
    seat += select(0u, leads[i], i < first);
    seats += leads[i];
  }
  return vec2u(seat, seats);
}`;

const subgroup = `${laneStruct}${seating}
fn reduce_sum(value: vec4f, lane: Lane) -> vec4f { return subgroupAdd(value); }
fn reduce_max(value: f32, lane: Lane) -> f32 { return subgroupMax(value); }`;

const workgroupOfSubgroups = `${laneStruct}${seating}
var<workgroup> partial: array<vec4f, ${workgroupSize}>;
var<workgroup> reduced: vec4f;

fn reduce_sum(value: vec4f, lane: Lane) -> vec4f {
  let sum = subgroupAdd(value);
  if (lane.elected) { partial[lane.seat] = sum; }
  workgroupBarrier();
  if (lane.index == 0u) {
    var total = vec4f();
    for (var i = 0u; i < lane.seats; i++) { total += partial[i]; }
    reduced = total;
  }
  return workgroupUniformLoad(&reduced);
}

fn reduce_max(value: f32, lane: Lane) -> f32 {
  let highest = subgroupMax(value);
  if (lane.elected) { partial[lane.seat].x = highest; }
  workgroupBarrier();
  if (lane.index == 0u) {
    var total = partial[0].x;
    for (var i = 1u; i < lane.seats; i++) { total = max(total, partial[i].x); }
    reduced.x = total;
  }
  return workgroupUniformLoad(&reduced).x;
}`;

const tree = `${laneStruct}
var<workgroup> partial: array<vec4f, ${workgroupSize}>;

fn reduce_sum(value: vec4f, lane: Lane) -> vec4f {
  partial[lane.index] = value;
  for (var width = ${workgroupSize / 2}u; width > 0u; width >>= 1u) {
    workgroupBarrier();
    if (lane.index < width) { partial[lane.index] += partial[lane.index + width]; }
  }
  return workgroupUniformLoad(&partial[0]);
}

fn reduce_max(value: f32, lane: Lane) -> f32 {
  partial[lane.index].x = value;
  for (var width = ${workgroupSize / 2}u; width > 0u; width >>= 1u) {
    workgroupBarrier();
    if (lane.index < width) {
      partial[lane.index].x = max(partial[lane.index].x, partial[lane.index + width].x);
    }
  }
  return workgroupUniformLoad(&partial[0]).x;
}`;

/** The `Lane` struct and the two reductions of a variant. */
export const reduceWgsl = ({ rows, reduction }: Variant): string => {
  if (reduction === 'alone') return alone;
  if (reduction === 'tree') return tree;
  return rows === 'subgroup' ? subgroup : workgroupOfSubgroups;
};
