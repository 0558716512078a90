// The outputs of a run on a GPU as the caller wants them: on the CPU, in a buffer, or in the tensor he gave for it.

import { DTypeError } from '../core/errors.ts';
import { sameShape, sizeOf } from '../core/shape.ts';
import { fillFetch } from './cpu-runner.ts';
import type { OutputLocation } from './gpu-placement.ts';
import type { GpuValues } from './gpu-values.ts';
import type { Fetches, OrtTensor } from './ort-types.ts';
import { fromOrt } from './tensors.ts';

/** Puts an output into a tensor of the caller that is in a GPU buffer. */
const fillBuffer = (values: GpuValues, name: string, given: OrtTensor): OrtTensor => {
  const { dtype, dims } = values.typeOf(name);
  if (given.type !== dtype || !sameShape(given.dims, dims)) {
    throw new DTypeError({
      where: 'InferenceSession.run',
      what: `the tensor given for output "${name}"`,
      rule: `must be ${dtype} of shape [${dims.join(', ')}]`,
      actual: `${given.type} of shape [${given.dims.join(', ')}]`,
    });
  }
  if (sizeOf(dims) > 0) values.fill(name, given);
  return given;
};

/** The outputs asked for. Where one cannot be had, those that were already made are freed.
 * @throws {DTypeError} A tensor the caller gave has another element type or shape. {RuntimeError} Its buffer is too small. */
export const resultsOf = async (
  values: GpuValues,
  fetches: Fetches,
  locationOf: OutputLocation,
): Promise<Record<string, OrtTensor>> => {
  const results: Record<string, OrtTensor> = {};
  const made: OrtTensor[] = [];
  try {
    for (const name in fetches) {
      const given = fetches[name] ?? undefined;
      if (given === undefined) {
        const result = await values.result(name, locationOf(name));
        made.push(result);
        results[name] = result;
      } else if (given.location === 'cpu') {
        const result = await values.result(name, 'cpu');
        results[name] = fillFetch(given, fromOrt(result, `output "${name}"`), name);
      } else {
        results[name] = values.holds(name, given) ? given : fillBuffer(values, name, given);
      }
    }
    return results;
  } catch (error) {
    for (const result of made) result.dispose();
    throw error;
  }
};
