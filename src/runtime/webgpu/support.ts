// Whether an operator's shader covers given inputs, and why not: the runtime asks before it chooses the JS kernel.

import { isMissing, portsOf, type DType, type OpDefinition } from '../../schema/index.ts';
import { mapPorts, type Ports } from './gpu-tensor.ts';
import { isStorageType, storageTypes } from './storage.ts';

/** Why the operator's shader cannot run on inputs of these element types; undefined if it can.
 * The text reads on after "the shader": `does not cover float64 for logits (float32, float16)`. */
export const whyNoShader = (
  op: OpDefinition,
  inputs: Ports<{ readonly dtype: DType }>,
): string | undefined => {
  const { shader, schema } = op;
  if (isMissing(shader)) return `is missing: ${shader.missing}`;
  let why: string | undefined;
  const types = new Map(portsOf(schema.inputs).map(({ name, type }) => [name, type]));
  mapPorts(inputs, ({ dtype }, flatName) => {
    const type = types.get(flatName.split('.', 1)[0] ?? flatName);
    if (type === undefined) why ??= `has no input ${flatName}`;
    const covered = shader.types[type ?? ''] ?? storageTypes;
    if (!covered.includes(dtype)) {
      why ??= `does not cover ${dtype} for ${flatName} (${covered.join(', ')})`;
    } else if (!isStorageType(dtype)) {
      why ??= `cannot read ${dtype} for ${flatName} (WebGPU buffers hold ${storageTypes.join(', ')})`;
    }
  });
  return why;
};
