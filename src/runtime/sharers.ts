// Readers of one large constant, which are kept in one segment where the graph allows it, so that the constant is held once.

import type { ModelBytes } from '../onnx/bytes-model.ts';
import { weightBytes } from '../onnx/bytes-weights.ts';
import type { OpDefinition } from '../schema/op.ts';

/** From this size on, in bytes, the readers of a constant are kept together where the graph allows it. */
const largeConstant = 65_536;

/** Positions of the ordinary nodes that read the same large initialiser, the largest first. */
export const sharers = (
  { graph }: ModelBytes,
  indices: readonly number[],
  kernels: ReadonlyMap<number, OpDefinition>,
): readonly (readonly number[])[] => {
  const readers = new Map<string, number[]>();
  indices.forEach((index, at) => {
    if (kernels.has(index)) return;
    for (const name of graph.nodes[index]!.reads) {
      const known = readers.get(name);
      if (known === undefined) readers.set(name, [at]);
      else known.push(at);
    }
  });
  return graph.initializers
    .filter(({ name }) => (readers.get(name)?.length ?? 0) > 1)
    .map(({ name, bytes }) => ({ readers: readers.get(name)!, size: weightBytes(bytes) }))
    .filter(({ size }) => size >= largeConstant)
    .sort((a, b) => b.size - a.size)
    .map(({ readers: group }) => group);
};
