// Where values of a WebGPU session live: in a GPU buffer where the next reader is on the GPU, else on the CPU.

import type { DType } from '../core/dtype.ts';
import type { BoundKernel } from './bind.ts';
import { readsOf, type Plan, type SegmentPlan } from './plan.ts';
import type { SessionOptions } from './ort-types.ts';
import { isMissing, type ValueMeta } from '../schema/forms.ts';
import { portsOf } from '../schema/types.ts';
import { storageTypes, whyNoShader } from './webgpu/index.ts';

/** Where the caller wants an output of the model. */
export type OutputLocation = (name: string) => 'cpu' | 'gpu-buffer';

/** Types that onnxruntime hands out in GPU buffers. */
const bufferTypes: ReadonlySet<string> = new Set([
  'float32',
  'float16',
  'int32',
  'int64',
  'uint32',
  'uint8',
  'bool',
]);

/** Types our own buffers hold. */
const heldTypes: readonly DType[] = storageTypes;

/** Why a node must run in JS although the session is on WebGPU; undefined where its shader runs. */
export const whyInJs = (kernel: BoundKernel): string | undefined => {
  const why = whyNoShader(kernel.op, kernel.inputTypes);
  if (why !== undefined) return `the shader ${why}`;
  const output = kernel.outputs.find(({ dtype }) => !heldTypes.includes(dtype));
  return output === undefined ? undefined : `WebGPU buffers cannot hold ${output.dtype}`;
};

/** The caller's choice by output: the session option `preferredOutputLocation`. */
export const outputLocation = (
  preferred: SessionOptions['preferredOutputLocation'],
): OutputLocation => {
  const on = (location: string | undefined) => (location === 'gpu-buffer' ? location : 'cpu');
  return (name) => on(typeof preferred === 'object' ? preferred[name] : preferred);
};

/** For each segment, where onnxruntime is to leave its outputs. */
export const segmentLocations =
  (plan: Plan, locationOf: OutputLocation) =>
  (
    segment: SegmentPlan,
    types: ReadonlyMap<string, ValueMeta>,
  ): Readonly<Record<string, 'cpu' | 'gpu-buffer'>> => {
    const locations: Record<string, 'cpu' | 'gpu-buffer'> = {};
    for (const name of segment.writes) {
      const dtype = types.get(name)?.dtype;
      const isHeld = dtype === undefined || bufferTypes.has(dtype);
      const isRead = plan.steps.some((step) => {
        if (step === segment || !readsOf(step, plan.constants).includes(name)) return false;
        if (step.kind === 'segment') return true;
        const { op, node } = step;
        if (isMissing(op.shader)) return false;
        const ports = portsOf(op.schema.inputs);
        const port = ports[Math.min(node.inputs.indexOf(name), ports.length - 1)];
        if (dtype === undefined || port === undefined) return true;
        return whyNoShader(op, { [port.name]: { dtype } }) === undefined;
      });
      const isWanted = plan.outputs.includes(name) && locationOf(name) === 'gpu-buffer';
      locations[name] = isHeld && (isRead || isWanted) ? 'gpu-buffer' : 'cpu';
    }
    return locations;
  };
