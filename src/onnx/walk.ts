// Walks over a decoded graph: its nodes with those of subgraphs, and the names each graph defines.

import type { OnnxTypes } from './proto.ts';

/** The standard domain has two spellings. */
export const domainOf = (domain: string | null | undefined): string =>
  domain === undefined || domain === null || domain === 'ai.onnx' ? '' : domain;

/** `ai.sharmix::SharMiX`, and the bare type for a standard operator. */
export const opName = (node: OnnxTypes.INodeProto): string => {
  const domain = domainOf(node.domain);
  return domain === '' ? (node.opType ?? '') : `${domain}::${node.opType ?? ''}`;
};

/** A node as messages name it: `node dense (Gemm)`. */
export const nodeLabel = (node: OnnxTypes.INodeProto): string => {
  const name = node.name ?? '';
  return name === '' ? `node of type ${opName(node)}` : `node ${name} (${opName(node)})`;
};

/** The subgraphs of a node. */
export const subgraphsOf = (node: OnnxTypes.INodeProto): readonly OnnxTypes.IGraphProto[] =>
  (node.attribute ?? []).flatMap((attribute) => [
    ...(attribute.g === null || attribute.g === undefined ? [] : [attribute.g]),
    ...(attribute.graphs ?? []),
  ]);

/** All nodes, those of subgraphs included, in order. */
export function* allNodes(nodes: readonly OnnxTypes.INodeProto[]): Generator<OnnxTypes.INodeProto> {
  for (const node of nodes) {
    yield node;
    for (const graph of subgraphsOf(node)) yield* allNodes(graph.node ?? []);
  }
}

/** Key of a model-local function, and of the nodes that call it. */
export const functionKey = (
  domain: string | null | undefined,
  name: string | null | undefined,
): string => `${domainOf(domain)}::${name ?? ''}`;
