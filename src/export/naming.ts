// Names in the exported graph: values after layers, given once the rule of a layer is done.

import { subgraphsOf, type OnnxTypes } from '../onnx/index.ts';

const renameIn = (
  nodes: readonly OnnxTypes.INodeProto[],
  names: ReadonlyMap<string, string>,
): void => {
  const rename = (name: string): string => names.get(name) ?? name;
  for (const node of nodes) {
    node.input = (node.input ?? []).map(rename);
    node.output = (node.output ?? []).map(rename);
    for (const graph of subgraphsOf(node)) {
      renameIn(graph.node ?? [], names);
      for (const output of graph.output ?? []) output.name = rename(output.name ?? '');
    }
  }
};

/** Renames a value in the nodes that make and use it.
 * @returns Whether one of the nodes makes it. */
export const renameValue = (
  nodes: readonly OnnxTypes.INodeProto[],
  from: string,
  to: string,
): boolean => {
  if (!nodes.some((node) => (node.output ?? []).includes(from))) return false;
  renameIn(nodes, new Map([[from, to]]));
  return true;
};
