// The plan of a model: which steps run in which order, what each reads and writes. No session exists yet.

import { ModelError } from '../core/errors.ts';
import type { NodeBytes } from '../onnx/bytes-graph.ts';
import type { ModelBytes } from '../onnx/bytes-model.ts';
import type { OpDefinition } from '../schema/op.ts';
import { partition, type CutKind, type CutNode } from './partition.ts';
import { describeNode } from './resolve.ts';
import { Constants, isConstantNode } from './values.ts';

/** A stretch of standard operators for one session of onnxruntime. */
export interface SegmentPlan {
  readonly kind: 'segment';
  readonly nodes: readonly NodeBytes[];
  /** Values that come from outside: graph inputs, outputs of other steps. */
  readonly reads: readonly string[];
  /** Values others need: later steps, the graph's outputs. */
  readonly writes: readonly string[];
  /** Constants the nodes read. */
  readonly constants: readonly string[];
}

/** One custom node. */
export interface KernelPlan {
  readonly kind: 'kernel';
  readonly node: NodeBytes;
  readonly op: OpDefinition;
}

/** The steps of a model, in an order in which they can run. */
export interface Plan {
  /** Inputs a run must be given. Inputs with a default (an initialiser of the same name) are constants. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly steps: readonly (SegmentPlan | KernelPlan)[];
  readonly constants: Constants;
}

/** Values a step reads that are not constants. */
export const readsOf = (step: SegmentPlan | KernelPlan, constants: Constants): readonly string[] =>
  step.kind === 'segment'
    ? step.reads
    : [...step.node.reads].filter((name) => !constants.has(name));

/** Values a step writes. */
export const writesOf = (step: SegmentPlan | KernelPlan): readonly string[] =>
  step.kind === 'segment' ? step.writes : step.node.outputs.filter((name) => name !== '');

interface Wiring {
  readonly inputs: readonly string[];
  readonly constants: Constants;
  /** Index of the node that makes a value. */
  readonly producer: ReadonlyMap<string, number>;
}

const wire = (model: ModelBytes, where: string): Wiring => {
  const { graph } = model;
  const constants = new Constants(model);
  const inputs = graph.inputs.map(({ name }) => name).filter((name) => !constants.has(name));
  const producer = new Map<string, number>();
  const taken = new Set(inputs);
  graph.nodes.forEach((node, index) => {
    for (const name of node.outputs) {
      if (name === '') continue;
      if (taken.has(name)) {
        throw new ModelError({
          where,
          what: `the value ${JSON.stringify(name)}`,
          rule: 'must be made once',
          actual: `again by ${describeNode(node)}`,
        });
      }
      taken.add(name);
      producer.set(name, index);
    }
  });
  const check = (name: string, reader: string): void => {
    if (taken.has(name) || constants.has(name)) return;
    throw new ModelError({
      where,
      what: `the value ${JSON.stringify(name)}, which ${reader} reads,`,
      rule: 'must be a graph input, an initialiser or the output of a node',
    });
  };
  for (const node of graph.nodes) for (const name of node.reads) check(name, describeNode(node));
  for (const { name } of graph.outputs) check(name, 'the graph as an output');
  return { inputs, constants, producer };
};

/** Nodes the outputs depend on, constants left out. */
const neededNodes = ({ graph }: ModelBytes, { producer }: Wiring): ReadonlySet<number> => {
  const needed = new Set<number>();
  const pending = graph.outputs.map(({ name }) => name);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const index = producer.get(name);
    if (index === undefined || needed.has(index)) continue;
    const node = graph.nodes[index]!;
    if (isConstantNode(node)) continue;
    needed.add(index);
    pending.push(...node.reads);
  }
  return needed;
};

/** Plans a model: the nodes its outputs depend on, cut into segments (see partition.ts).
 * @throws {ModelError} A value made twice or never, or nodes in a cycle. */
export const planModel = (
  model: ModelBytes,
  kernels: ReadonlyMap<number, OpDefinition>,
  where: string,
  kind: CutKind = 'fewest',
): Plan => {
  const { graph } = model;
  const wiring = wire(model, where);
  const { constants, producer } = wiring;
  const indices = [...neededNodes(model, wiring)].sort((a, b) => a - b);
  const position = new Map(indices.map((index, at) => [index, at]));
  const cut = indices.map((index): CutNode => {
    const producers = [...graph.nodes[index]!.reads].flatMap((name) => {
      const at = position.get(producer.get(name) ?? -1);
      return at === undefined ? [] : [at];
    });
    return { producers, custom: kernels.has(index) };
  });
  const steps = partition(cut, kind);
  if (steps === undefined) {
    throw new ModelError({ where, what: 'the graph', rule: 'must have no cycle' });
  }
  const outputs = graph.outputs.map(({ name }) => name);
  const groups = steps.map((step) =>
    (step.kind === 'segment' ? step.nodes : [step.node]).map((at) => indices[at]!),
  );
  const readers = new Map<string, Set<number>>();
  groups.forEach((group, at) => {
    for (const index of group) {
      for (const name of graph.nodes[index]!.reads) {
        const known = readers.get(name);
        if (known === undefined) readers.set(name, new Set([at]));
        else known.add(at);
      }
    }
  });
  const isWanted = (name: string, at: number): boolean =>
    outputs.includes(name) || [...(readers.get(name) ?? [])].some((reader) => reader !== at);

  const planned = groups.map((group, at): SegmentPlan | KernelPlan => {
    const nodes = group.map((index) => graph.nodes[index]!);
    const op = kernels.get(group[0]!);
    if (op !== undefined) return { kind: 'kernel', node: nodes[0]!, op };
    const own = new Set(nodes.flatMap((node) => node.outputs));
    const read = new Set(nodes.flatMap((node) => [...node.reads]));
    return {
      kind: 'segment',
      nodes,
      reads: [...read].filter((name) => !own.has(name) && !constants.has(name)),
      writes: [...own].filter((name) => name !== '' && isWanted(name, at)),
      constants: [...read].filter((name) => constants.has(name)),
    };
  });
  return { inputs: wiring.inputs, outputs, steps: planned, constants };
};
