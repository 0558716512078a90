// Plans the forward passes: checks shapes and known indices, picks the variant, packs the uniforms, sizes the dispatch.

import {
  labelOf,
  rowsAlong,
  sizeOf,
  type InputsOf,
  type Rows,
  type ShaderDevice,
  type ShaderPass,
  type TensorMeta,
} from '../../../src/schema/index.ts';
import { indexValue } from '../indices.ts';
import { checkIndices, schema, type SharmixAttributes, type SharmixSchema } from '../schema.ts';
import { forwardSource, storedIndices } from './forward.wgsl.ts';
import { narrowKey, narrowSource, narrowWorkgroupSize } from './narrow.wgsl.ts';
import { packParams } from './uniforms.ts';
import {
  forwardKey,
  reductionFor,
  rowKindFor,
  workgroupSize,
  type RowKind,
  type Variant,
} from './variant.ts';

const label = labelOf(schema);

/** Most rows a workgroup of subgroups owns: as many as it can have subgroups (of 4, the smallest). */
const maxRowsPerGroup = 16;
/** Workgroups that fill a device; with more rows than that, each takes several. */
const enoughGroups = 4096;

interface IndexPlan extends Pick<Variant, 'q' | 'r' | 'scan'> {
  /** Values for the uniforms; 1 where the value is on the device only. */
  readonly values: { readonly q: number; readonly r: number };
}

const planIndices = (
  { logits, q, r }: InputsOf<SharmixSchema, TensorMeta>,
  coupling: SharmixAttributes['coupling'],
): IndexPlan => {
  const qValue = q === undefined ? 1 : indexValue('q', q, logits);
  const rValue = r === undefined ? qValue : indexValue('r', r, logits);
  checkIndices(qValue ?? 1, rValue ?? 1);
  const isOneIndex = r === undefined || coupling === 'entmax';
  const isConcave = qValue !== undefined && rValue !== undefined && qValue * (2 - rValue) <= 1;
  const unknownR = r === undefined ? 'q' : 'stored';
  return {
    q: qValue === undefined ? 'stored' : 'uniform',
    r: rValue === undefined ? unknownR : 'uniform',
    scan: !isOneIndex && !isConcave,
    values: { q: qValue ?? 1, r: rValue ?? 1 },
  };
};

/** Workgroups in x and y, each within the device's limit. */
const dispatchOf = (groups: number, device: ShaderDevice): readonly [number, number, number] => {
  const y = Math.max(1, Math.ceil(groups / device.maxComputeWorkgroupsPerDimension));
  return [Math.ceil(groups / y), y, 1];
};

/** Workgroups for `count` rows of a kind, and how many rows each owns. */
const groupsOf = (kind: RowKind, count: number): { groups: number; rowsPerGroup: number } => {
  if (kind === 'workgroup') return { groups: count, rowsPerGroup: 1 };
  if (kind === 'invocation') {
    return { groups: Math.ceil(count / workgroupSize), rowsPerGroup: workgroupSize };
  }
  const rowsPerGroup = Math.min(maxRowsPerGroup, Math.max(2, Math.ceil(count / enoughGroups)));
  return { groups: Math.ceil(count / rowsPerGroup), rowsPerGroup };
};

/** What may be chosen from outside, for tests and measurements: the row kind, instead of the one for the row's length. */
export interface ForwardChoice {
  readonly rows?: RowKind;
}

/** The passes of SharMiX forward.
 * @throws {ShapeError} Rank 0, axis out of range, an index that is no scalar.
 * {DTypeError} An index of another type than the logits. {RangeError} A known index out of range. */
export const planForward = (
  inputs: InputsOf<SharmixSchema, TensorMeta>,
  { axis, temperature, coupling }: SharmixAttributes,
  device: ShaderDevice,
  choice: ForwardChoice = {},
): { outputs: { probabilities: TensorMeta }; passes: ShaderPass[] } => {
  const { dtype, dims } = inputs.logits;
  const rows: Rows = rowsAlong(dims, axis, label);
  const { values, ...indices } = planIndices(inputs, coupling);
  const kind = choice.rows ?? rowKindFor(rows.n, device);
  const variant: Variant = {
    rows: kind,
    reduction: reductionFor(kind, device),
    storage: dtype === 'float16' ? 'float16' : 'float32',
    ...indices,
  };
  const size = sizeOf(dims);
  const { groups, rowsPerGroup } = groupsOf(kind, size === 0 ? 0 : rows.outer * rows.inner);
  const wide = { scratch: 'probabilities as float32', sizeBytes: 4 * size };
  const isNarrow = variant.storage === 'float16';
  const forward: ShaderPass = {
    key: forwardKey(variant),
    source: () => forwardSource(variant),
    bindings: [
      { input: 'logits' },
      isNarrow ? wide : { output: 'probabilities' },
      ...storedIndices(variant).map((input) => ({ input })),
    ],
    uniforms: packParams({
      rows,
      rowsPerGroup,
      temperature,
      ...values,
      entmax: coupling === 'entmax',
    }),
    dispatch: dispatchOf(groups, device),
  };
  const narrow: ShaderPass = {
    key: narrowKey,
    source: narrowSource,
    bindings: [wide, { output: 'probabilities' }],
    uniforms: Uint32Array.of(size, 0, 0, 0).buffer,
    dispatch: dispatchOf(Math.ceil(size / (2 * narrowWorkgroupSize)), device),
  };
  return {
    outputs: { probabilities: { dtype, dims } },
    passes: isNarrow ? [forward, narrow] : [forward],
  };
};
