// The cut of a graph into segments, which run in onnxruntime, and custom nodes, which run in kernels. Pure graph theory.
//
// Rule: the segment of an ordinary node is the greatest number of times any path to it goes from an ordinary node through one or
// more custom nodes to an ordinary node. Two ordinary nodes on such a path can never share a segment, so every cut needs as many
// segments as the longest such path has ordinary stretches; this rule needs no more, and its segments depend on one another in
// the order of their numbers only.

/** A node of the graph to cut: the nodes whose outputs it reads, and whether a kernel runs it. */
export interface CutNode {
  readonly producers: Iterable<number>;
  readonly custom: boolean;
}

/** One step of the cut: a segment's nodes, or one custom node. Nodes are in topological order. */
export type CutStep =
  | { readonly kind: 'segment'; readonly nodes: readonly number[] }
  | { readonly kind: 'custom'; readonly node: number };

/** A topological order that keeps the given order where it can; undefined where the graph has a cycle. */
export const topologicalOrder = (nodes: readonly CutNode[]): readonly number[] | undefined => {
  const consumers: number[][] = nodes.map(() => []);
  const waiting = nodes.map((node, index) => {
    const producers = new Set(node.producers);
    for (const producer of producers) consumers[producer]!.push(index);
    return producers.size;
  });
  const order: number[] = [];
  const ready = nodes.flatMap((_, index) => (waiting[index] === 0 ? [index] : []));
  for (let at = 0; at < ready.length; at++) {
    const node = ready[at]!;
    order.push(node);
    for (const consumer of consumers[node]!) if (--waiting[consumer]! === 0) ready.push(consumer);
  }
  return order.length === nodes.length ? order : undefined;
};

/** How ordinary nodes are put together: into as few segments as possible, or each into one of its own. */
export type CutKind = 'fewest' | 'every-node';

/** Cuts a graph into as few segments as it allows (the rule above), as steps that can run one after the other.
 * Undefined where the graph has a cycle. */
export const partition = (
  nodes: readonly CutNode[],
  kind: CutKind = 'fewest',
): readonly CutStep[] | undefined => {
  const order = topologicalOrder(nodes);
  if (order === undefined) return undefined;
  if (kind === 'every-node') {
    return order.map((node) =>
      nodes[node]!.custom ? { kind: 'custom', node } : { kind: 'segment', nodes: [node] },
    );
  }
  const level = new Array<number>(nodes.length).fill(-1);
  for (const index of order) {
    const { producers, custom } = nodes[index]!;
    let own = custom ? -1 : 0;
    for (const producer of producers) {
      own = Math.max(own, level[producer]! + (!custom && nodes[producer]!.custom ? 1 : 0));
    }
    level[index] = own;
  }
  const last = level.reduce((a, b) => Math.max(a, b), -1);
  const steps: CutStep[] = [];
  for (let at = -1; at <= last; at++) {
    const here = order.filter((index) => level[index] === at);
    const segment = here.filter((index) => !nodes[index]!.custom);
    if (segment.length > 0) steps.push({ kind: 'segment', nodes: segment });
    for (const node of here) if (nodes[node]!.custom) steps.push({ kind: 'custom', node });
  }
  return steps;
};
