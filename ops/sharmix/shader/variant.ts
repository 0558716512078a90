// What the text of a SharMiX shader depends on, its key, and the choice of how rows meet the device's lanes.

import type { ShaderDevice } from '../../../src/schema/index.ts';

/** Who computes a row: one invocation, one subgroup, or a whole workgroup. */
export type RowKind = 'invocation' | 'subgroup' | 'workgroup';

/** How the lanes of a row add up: alone, by subgroup operations (and partial sums in workgroup memory), or by a tree there. */
export type Reduction = 'alone' | 'subgroup' | 'tree';

/** Where an index comes from: the uniforms (known on the CPU), a storage scalar, or, for r, whatever q is. */
type IndexSource = 'uniform' | 'stored';

/** Everything the text depends on. Rows, lengths, strides, temperature and coupling are uniforms. */
export interface Variant {
  readonly rows: RowKind;
  readonly reduction: Reduction;
  /** Element type of the logits and of stored indices. */
  readonly storage: 'float32' | 'float16';
  readonly q: IndexSource;
  readonly r: IndexSource | 'q';
  /** Whether the search for the global maximum is compiled in. Slows every row a little, so left out where r >= 2 - 1/q is known. */
  readonly scan: boolean;
}

/** Invocations of a workgroup. 64 is two or one subgroups on today's GPUs and the smallest size without idle lanes there. */
export const workgroupSize = 64;
/** Longest row one invocation computes: beyond it rows are too uneven and memory reads too scattered. */
const maxInvocationRow = 32;
/** Longest row one subgroup computes; where there are no subgroups, a workgroup takes over at {@link maxInvocationRow}. */
const maxSubgroupRow = 1024;

/** Pipeline key of a forward variant. */
export const forwardKey = ({ rows, reduction, storage, q, r, scan }: Variant): string =>
  `forward ${rows}:${workgroupSize} ${reduction} ${storage} q:${q} r:${r}${scan ? ' scan' : ''}`;

/** The row kind for rows of n elements. */
export const rowKindFor = (n: number, device: ShaderDevice): RowKind => {
  if (n <= maxInvocationRow) return 'invocation';
  return device.subgroups && n <= maxSubgroupRow ? 'subgroup' : 'workgroup';
};

/** The reduction of a row kind on a device. */
export const reductionFor = (rows: RowKind, device: ShaderDevice): Reduction => {
  if (rows === 'invocation') return 'alone';
  return device.subgroups ? 'subgroup' : 'tree';
};
