// The cut of a graph, against brute force on small random graphs.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  partition,
  topologicalOrder,
  type CutKind,
  type CutNode,
  type CutStep,
} from '../../../src/runtime/partition.ts';

const node = (custom: boolean, ...producers: number[]): CutNode => ({ producers, custom });

const stepsOf = (
  nodes: readonly CutNode[],
  kind?: CutKind,
  groups: readonly (readonly number[])[] = [],
): readonly CutStep[] => {
  const cut = partition(nodes, kind, groups);
  if ('steps' in cut) return cut.steps;
  throw new Error(JSON.stringify(cut));
};

const segments = (
  nodes: readonly CutNode[],
  groups: readonly (readonly number[])[] = [],
): number[][] =>
  stepsOf(nodes, 'fewest', groups).flatMap((step) =>
    step.kind === 'segment' ? [[...step.nodes]] : [],
  );

/** All ways to divide items into groups. */
const groupings = (count: number): number[][] => {
  let all: number[][] = [[]];
  for (let at = 0; at < count; at++) {
    all = all.flatMap((groups) => {
      const used = Math.max(-1, ...groups) + 1;
      return Array.from({ length: used + 1 }, (_, group) => [...groups, group]);
    });
  }
  return all;
};

/** The fewest groups of ordinary nodes for which groups and custom nodes depend on one another without a cycle, with
 * some nodes in one group. */
const fewest = (nodes: readonly CutNode[], together: readonly number[] = []): number => {
  const ordinary = nodes.flatMap(({ custom }, i) => (custom ? [] : [i]));
  let best = Infinity;
  for (const groups of groupings(ordinary.length)) {
    const isJoined = nodes.every(({ joined = [] }, i) =>
      [...joined].every(
        (p) =>
          !nodes[i]!.custom &&
          !nodes[p]!.custom &&
          groups[ordinary.indexOf(i)] === groups[ordinary.indexOf(p)],
      ),
    );
    if (!isJoined) continue;
    const count = Math.max(-1, ...groups) + 1;
    if (count >= best) continue;
    if (new Set(together.map((i) => groups[ordinary.indexOf(i)])).size > 1) continue;
    const unit = nodes.map(({ custom }, i) => (custom ? count + i : groups[ordinary.indexOf(i)]!));
    const units = Array.from({ length: count + nodes.length }, (_, u) => ({
      custom: false,
      producers: new Set(
        nodes.flatMap(({ producers }, i) =>
          unit[i] === u ? [...producers].map((p) => unit[p]!).filter((p) => p !== u) : [],
        ),
      ),
    }));
    if (topologicalOrder(units) !== undefined) best = count;
  }
  if (best < Infinity) return best;
  return ordinary.length === 0 && nodes.every(({ joined = [] }) => [...joined].length === 0)
    ? 0
    : -1;
};

/** A random graph of up to 7 nodes whose edges go from lower to higher numbers. */
const graphs = fc
  .integer({ min: 1, max: 7 })
  .chain((count) =>
    fc.tuple(
      fc.array(fc.boolean(), { minLength: count, maxLength: count }),
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: count ** 2, maxLength: count ** 2 }),
    ),
  )
  .map(([custom, edges]) =>
    custom.map((isCustom, i) =>
      node(
        isCustom,
        ...custom.flatMap((_, j) => (j < i && edges[i * custom.length + j] === 0 ? [j] : [])),
      ),
    ),
  );

/** The same with some edges that no cut may cross. */
const joinedGraphs = graphs.chain((nodes) =>
  fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 49, maxLength: 49 }).map((joins) =>
    nodes.map((one, i) => ({
      ...one,
      joined: [...one.producers].filter((p) => joins[i * 7 + p] === 0),
    })),
  ),
);

describe('partition', () => {
  it('needs no more segments than brute force finds where values join nodes, and finds no cut where there is none', () => {
    let impossible = 0;
    fc.assert(
      fc.property(joinedGraphs, (nodes) => {
        const cut = partition(nodes);
        const best = fewest(nodes);
        if ('apart' in cut) {
          impossible++;
          const [producer, reader] = cut.apart;
          return best === -1 && [...nodes[reader]!.joined].includes(producer);
        }
        const count =
          'steps' in cut ? cut.steps.filter(({ kind }) => kind === 'segment').length : -2;
        return count === best;
      }),
      { numRuns: 800 },
    );
    expect(impossible).toBeGreaterThan(20);
  });

  it('needs no more segments than brute force finds', () => {
    fc.assert(
      fc.property(graphs, (nodes) => segments(nodes).length === fewest(nodes)),
      { numRuns: 500 },
    );
  });

  it('orders steps so that everything a step reads is made before, and has every node once', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const steps = stepsOf(nodes).map((s) => (s.kind === 'segment' ? s.nodes : [s.node]));
        const done = new Set<number>();
        for (const step of steps) {
          for (const at of step) {
            for (const producer of nodes[at]!.producers) {
              if (!done.has(producer)) return false;
            }
            if (done.has(at)) return false;
            done.add(at);
          }
        }
        return done.size === nodes.length;
      }),
      { numRuns: 500 },
    );
  });

  it('keeps two nodes in one segment exactly where brute force finds that it costs no segment', () => {
    fc.assert(
      fc.property(graphs, fc.nat(), fc.nat(), (nodes, first, second) => {
        const ordinary = nodes.flatMap(({ custom }, i) => (custom ? [] : [i]));
        fc.pre(ordinary.length > 1);
        const pair = [ordinary[first % ordinary.length]!, ordinary[second % ordinary.length]!];
        const cut = segments(nodes, [pair]);
        const least = fewest(nodes);
        const areTogether = cut.some((segment) => pair.every((index) => segment.includes(index)));
        return cut.length === least && areTogether === (fewest(nodes, pair) === least);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a graph without custom nodes whole', () => {
    expect(segments([node(false), node(false, 0), node(false)])).toEqual([[0, 2, 1]]);
  });

  it('has no segment where all nodes are custom', () => {
    expect(stepsOf([node(true), node(true, 0)])).toEqual([
      { kind: 'custom', node: 0 },
      { kind: 'custom', node: 1 },
    ]);
  });

  it('puts both branches around a custom node into two segments, not three', () => {
    // 0 -> custom 1 -> 3, and 0 -> 2 -> 3
    expect(segments([node(false), node(true, 0), node(false, 0), node(false, 1, 2)])).toEqual([
      [0, 2],
      [3],
    ]);
  });

  it('does not divide between custom nodes that feed one another', () => {
    expect(segments([node(false), node(true, 0), node(true, 1), node(false, 2)])).toEqual([
      [0],
      [3],
    ]);
  });

  it('gives every ordinary node a segment of its own where that is wanted', () => {
    expect(
      stepsOf([node(false), node(true, 0), node(false, 0), node(false, 1)], 'every-node'),
    ).toEqual([
      { kind: 'segment', nodes: [0] },
      { kind: 'custom', node: 1 },
      { kind: 'segment', nodes: [2] },
      { kind: 'segment', nodes: [3] },
    ]);
  });

  it('tells the nodes of a cycle', () => {
    expect(partition([node(false), node(false, 0, 2), node(false, 1)])).toEqual({ cycle: [1, 2] });
  });
});
