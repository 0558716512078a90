// The cut of a graph into segments, which run in onnxruntime, and custom nodes, which run in kernels. Pure graph theory.
//
// Rule: nodes joined by a value that no cut may cross are one unit, and so is whatever lies on a path between two nodes of a unit.
// The segment of a unit is the greatest number of times any path to it goes from an ordinary unit through one or more custom nodes
// to an ordinary unit. Two ordinary units on such a path can never share a segment, so every cut needs as many segments as the
// longest such path has ordinary stretches; this rule needs no more, and its segments depend on one another in the order of their
// numbers only.

import { unitsOf, type CutNode } from './units.ts';

export type { CutNode } from './units.ts';

/** One step of the cut: a segment's nodes, or one custom node. Nodes are in topological order. */
export type CutStep =
  | { readonly kind: 'segment'; readonly nodes: readonly number[] }
  | { readonly kind: 'custom'; readonly node: number };

/** How ordinary nodes are put together: into as few segments as possible, or each into one of its own. */
export type CutKind = 'fewest' | 'every-node';

/** What came of a cut: the steps; or the nodes of a cycle; or two joined nodes that a custom node keeps apart. */
export type Cut =
  | { readonly steps: readonly CutStep[] }
  | { readonly cycle: readonly number[] }
  | { readonly apart: readonly [producer: number, reader: number] };

/** A topological order that keeps the given order where it can; undefined where the graph has a cycle. */
export const topologicalOrder = (nodes: readonly CutNode[]): readonly number[] | undefined => {
  const { order } = ordered(nodes);
  return order.length === nodes.length ? order : undefined;
};

/** The order, and how many producers each node that is not in it still waits for. */
const ordered = (nodes: readonly CutNode[]) => {
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
  return { order, waiting };
};

/** A value in a unit that a custom node is part of: the nodes on its two sides. */
const keptApart = (
  nodes: readonly CutNode[],
  units: readonly number[],
): readonly [number, number] | undefined => {
  const customs = new Set(nodes.flatMap(({ custom }, index) => (custom ? [units[index]!] : [])));
  for (const [index, node] of nodes.entries()) {
    for (const producer of node.joined ?? []) {
      if (customs.has(units[index]!)) return [producer, index];
    }
  }
  return undefined;
};

/** The least segment of each node, and no less than its floor. A custom node has the segment it follows, -1 before the first. */
const levelsOf = (
  nodes: readonly CutNode[],
  order: readonly number[],
  floors: ReadonlyMap<number, number>,
): readonly number[] => {
  const level = new Array<number>(nodes.length).fill(-1);
  for (const index of order) {
    const { producers, custom } = nodes[index]!;
    let own = floors.get(index) ?? (custom ? -1 : 0);
    for (const producer of producers) {
      own = Math.max(own, level[producer]! + (!custom && nodes[producer]!.custom ? 1 : 0));
    }
    level[index] = own;
  }
  return level;
};

/** Number of segments. */
const segmentsIn = (nodes: readonly CutNode[], level: readonly number[]): number =>
  new Set(level.filter((_, index) => !nodes[index]!.custom)).size;

/** Moves nodes of a group into one segment, the last of theirs, where that needs no segment more. */
const gather = (
  nodes: readonly CutNode[],
  order: readonly number[],
  groups: readonly (readonly number[])[],
): readonly number[] => {
  let floors: ReadonlyMap<number, number> = new Map();
  let level = levelsOf(nodes, order, floors);
  for (const group of groups) {
    const target = group.reduce((last, index) => Math.max(last, level[index]!), -1);
    for (const index of group) {
      if (level[index]! >= target) continue;
      const moved = new Map([...floors, [index, target] as const]);
      const after = levelsOf(nodes, order, moved);
      const last = Math.max(...group.map((member) => after[member]!));
      if (last > target || segmentsIn(nodes, after) > segmentsIn(nodes, level)) continue;
      floors = moved;
      level = after;
    }
  }
  return level;
};

/** Cuts a graph into as few segments as it allows (the rule above), as steps that can run one after the other.
 * @param together - Ordinary nodes to keep in one segment where that costs none more: readers of one large constant. The first
 *   group is served first. */
export const partition = (
  nodes: readonly CutNode[],
  kind: CutKind = 'fewest',
  together: readonly (readonly number[])[] = [],
): Cut => {
  const { order: first, waiting } = ordered(nodes);
  if (first.length < nodes.length) {
    return { cycle: waiting.flatMap((count, index) => (count > 0 ? [index] : [])) };
  }
  const units = unitsOf(nodes, first);
  const apart = keptApart(nodes, units);
  if (apart !== undefined) return { apart };
  const members = new Map<number, number[]>();
  for (const index of first) {
    const known = members.get(units[index]!);
    if (known === undefined) members.set(units[index]!, [index]);
    else known.push(index);
  }
  // The graph of units, numbered as their first nodes come.
  const numbers = new Map([...members.keys()].map((unit, at) => [unit, at]));
  const groups = [...members.values()];
  const graph = groups.map((group, at): CutNode => {
    const producers = new Set<number>();
    for (const index of group) {
      for (const producer of nodes[index]!.producers) {
        const unit = numbers.get(units[producer]!)!;
        if (unit !== at) producers.add(unit);
      }
    }
    return { producers, custom: nodes[group[0]!]!.custom };
  });
  const order = ordered(graph).order;
  const step = (list: readonly number[]): CutStep => ({
    kind: 'segment',
    nodes: list.flatMap((unit) => groups[unit]!),
  });
  if (kind === 'every-node') {
    const steps = order.map((unit): CutStep =>
      graph[unit]!.custom ? { kind: 'custom', node: groups[unit]![0]! } : step([unit]),
    );
    return { steps };
  }
  const kept = together.map((group) => [
    ...new Set(group.map((index) => numbers.get(units[index]!)!)),
  ]);
  return { steps: levelled(graph, order, groups, gather(graph, order, kept), step) };
};

const levelled = (
  graph: readonly CutNode[],
  order: readonly number[],
  groups: readonly (readonly number[])[],
  level: readonly number[],
  segment: (units: readonly number[]) => CutStep,
): readonly CutStep[] => {
  const last = level.reduce((a, b) => Math.max(a, b), -1);
  const ordinary: number[][] = Array.from({ length: last + 2 }, () => []);
  const custom: number[][] = Array.from({ length: last + 2 }, () => []);
  for (const unit of order) (graph[unit]!.custom ? custom : ordinary)[level[unit]! + 1]!.push(unit);
  return ordinary.flatMap((units, at) => [
    ...(units.length > 0 ? [segment(units)] : []),
    ...custom[at]!.map((unit): CutStep => ({ kind: 'custom', node: groups[unit]![0]! })),
  ]);
};
