// Initialisers that more than one segment reads: each of their sessions holds its own copy.

import type { ModelBytes } from '../onnx/bytes-model.ts';
import { detachedFrom, weightBytes } from '../onnx/bytes-weights.ts';
import type { Plan } from './plan.ts';

/** An initialiser that goes into more than one segment, and is stored once in each. */
export interface SharedWeight {
  readonly name: string;
  /** Bytes of one copy. */
  readonly bytes: number;
  /** Segments that hold one. */
  readonly segments: number;
}

/** The initialisers of 1 KiB or more that more than one segment reads, the largest first. */
export const sharedWeights = ({ graph }: ModelBytes, plan: Plan): readonly SharedWeight[] => {
  const counts = new Map<string, number>();
  for (const step of plan.steps) {
    if (step.kind !== 'segment') continue;
    for (const name of step.constants) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return graph.initializers
    .map(({ name, bytes }) => ({
      name,
      bytes: weightBytes(bytes),
      segments: counts.get(name) ?? 0,
    }))
    .filter(({ bytes, segments }) => segments > 1 && bytes >= detachedFrom)
    .sort((a, b) => b.bytes - a.bytes);
};
