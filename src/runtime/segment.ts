// A segment as a model of its own, put together out of the model's bytes.

import type { NamedBytes } from '../onnx/bytes-graph.ts';
import { writePart, type ModelBytes } from '../onnx/bytes-model.ts';
import type { ValueMeta } from '../schema/forms.ts';
import type { SegmentPlan } from './plan.ts';
import { isConstantNode, openedMeta, writeValueInfo } from './values.ts';

const byName = (list: readonly NamedBytes[]): ReadonlyMap<string, NamedBytes> =>
  new Map(list.map((item) => [item.name, item]));

/** The model of a segment.
 *
 * An input or output of the model, and a declared output of the segment, keep their declarations. Another input gets the element
 * type and the rank in `metas`; another output gets no type: onnxruntime infers it.
 * @param metas - What is known of the values made by earlier steps. */
export const segmentBytes = (
  model: ModelBytes,
  segment: SegmentPlan,
  metas: ReadonlyMap<string, ValueMeta>,
): Uint8Array<ArrayBuffer> => {
  const { graph } = model;
  const inputs = byName(graph.inputs);
  const outputs = byName(graph.outputs);
  const infos = byName(graph.valueInfos);
  const constants = new Set(segment.constants);
  const isUsed = ({ name }: NamedBytes): boolean => constants.has(name);
  const boundary = new Set([...segment.reads, ...segment.writes]);
  const made = new Set(segment.nodes.flatMap((node) => node.outputs));
  return writePart(model, {
    nodes: [
      ...graph.nodes.filter((node) => isConstantNode(node) && constants.has(node.outputs[0] ?? '')),
      ...segment.nodes,
    ],
    inputs: [
      ...segment.reads.map(
        (name) => inputs.get(name) ?? writeValueInfo(name, openedMeta(metas.get(name))),
      ),
      ...graph.inputs.filter(isUsed),
    ],
    outputs: segment.writes.map(
      (name) => outputs.get(name) ?? infos.get(name) ?? writeValueInfo(name, undefined),
    ),
    initializers: graph.initializers.filter(isUsed),
    sparseInitializers: graph.sparseInitializers.filter(isUsed),
    valueInfos: graph.valueInfos.filter(({ name }) => made.has(name) && !boundary.has(name)),
  });
};
