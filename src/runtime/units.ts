// Nodes that a cut must leave together: those joined by a value that can leave no segment, and whatever lies between two of them.

/** A node of the graph to cut: the nodes whose outputs it reads, and whether a kernel runs it. */
export interface CutNode {
  readonly producers: Iterable<number>;
  readonly custom: boolean;
  /** Those of the producers that must be in the same segment, because a value between the two can leave no segment. */
  readonly joined?: Iterable<number>;
}

/** The unit of each node, by the first node of the unit in topological order. */
export const unitsOf = (nodes: readonly CutNode[], order: readonly number[]): readonly number[] => {
  const position = new Array<number>(nodes.length).fill(0);
  order.forEach((index, at) => (position[index] = at));
  // Union-find, the earliest node first: joined nodes, then whatever lies between two nodes of one unit.
  const parent = nodes.map((_, index) => index);
  const find = (index: number): number => {
    let at = index;
    while (parent[at] !== at) at = parent[at] = parent[parent[at]!]!;
    return at;
  };
  const join = (a: number, b: number): void => {
    const [one, other] = [find(a), find(b)];
    if (one === other) return;
    if (position[one]! < position[other]!) parent[other] = one;
    else parent[one] = other;
  };
  let hasJoined = false;
  nodes.forEach((node, index) => {
    for (const producer of node.joined ?? []) {
      join(producer, index);
      hasJoined = true;
    }
  });
  if (hasJoined) closeUnits(nodes, find, join);
  return nodes.map((_, index) => find(index));
};

/** Joins the units that lie on a cycle of units (Tarjan's strongly connected components, without recursion). */
const closeUnits = (
  nodes: readonly CutNode[],
  find: (index: number) => number,
  join: (a: number, b: number) => void,
): void => {
  const edges = new Map<number, Set<number>>();
  nodes.forEach((node, index) => {
    const unit = find(index);
    const own = edges.get(unit) ?? new Set<number>();
    edges.set(unit, own);
    for (const producer of node.producers) if (find(producer) !== unit) own.add(find(producer));
  });
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const open = new Set<number>();
  const joins: [number, number][] = [];
  for (const root of edges.keys()) {
    if (index.has(root)) continue;
    const frames: { readonly unit: number; readonly rest: Iterator<number> }[] = [];
    const enter = (unit: number): void => {
      low.set(unit, index.size);
      index.set(unit, index.size);
      stack.push(unit);
      open.add(unit);
      frames.push({ unit, rest: edges.get(unit)!.values() });
    };
    enter(root);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const { unit, rest } = frame;
      const next = rest.next();
      if (next.done === true) {
        frames.pop();
        const above = frames.at(-1)?.unit;
        if (above !== undefined) low.set(above, Math.min(low.get(above)!, low.get(unit)!));
        if (low.get(unit) !== index.get(unit)) continue;
        for (let member = stack.pop()!; ; member = stack.pop()!) {
          open.delete(member);
          if (member === unit) break;
          joins.push([unit, member]);
        }
      } else if (!index.has(next.value)) enter(next.value);
      else if (open.has(next.value)) {
        low.set(unit, Math.min(low.get(unit)!, index.get(next.value)!));
      }
    }
  }
  for (const [a, b] of joins) join(a, b);
};
