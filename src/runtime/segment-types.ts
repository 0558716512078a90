// What onnxruntime tells of a segment's outputs once its session is there: their element types, and never their shapes.

import { isDType } from '../core/dtype.ts';
import { RuntimeError } from '../core/errors.ts';
import type { ValueMeta } from '../schema/forms.ts';
import type { ValueMetadata } from './ort-types.ts';
import type { Plan, SegmentPlan } from './plan.ts';

/** What a session tells. */
interface Outputs {
  readonly outputMetadata: readonly ValueMetadata[];
}

/** Adds the element types onnxruntime found for a segment's outputs. Their shapes are no information: an unknown rank shows as [].
 * But where the model declares a shape and onnxruntime another rank, it has found the declaration wrong and gone on without it
 * (onnxruntime-node; onnxruntime-web refuses the model): so do later segments. */
export const addTypes = (
  session: Outputs,
  segment: SegmentPlan,
  metas: Map<string, ValueMeta>,
): void => {
  for (const info of session.outputMetadata) {
    if (!segment.writes.includes(info.name)) continue;
    if (!info.isTensor || !isDType(info.type)) continue;
    const known = metas.get(info.name);
    if (known === undefined) metas.set(info.name, { dtype: info.type, dims: undefined });
    else if (known.dims !== undefined && known.dims.length !== info.shape.length) {
      metas.set(info.name, { ...known, dims: undefined });
    }
  }
};

/** Refuses a value that JavaScript cannot hold, where only onnxruntime knew its type. An output of the model that is no tensor is
 * onnxruntime's to refuse, when it is fetched. */
export const checkBoundary = (session: Outputs, plan: Plan, where: string): void => {
  for (const info of session.outputMetadata) {
    const isOutput = plan.outputs.includes(info.name);
    if (info.isTensor ? isDType(info.type) : isOutput) continue;
    throw new RuntimeError({
      where,
      what: `the value ${JSON.stringify(info.name)}`,
      rule: isOutput
        ? 'must be of a type that JavaScript holds'
        : 'must be a tensor that JavaScript holds, because a custom operator divides the graph there',
      actual: info.isTensor ? info.type : 'no tensor (a sequence, map or optional)',
    });
  }
};
