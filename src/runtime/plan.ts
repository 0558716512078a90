// The plan of a model: which steps run in which order, what each reads and writes. No session exists yet.

import { ModelError, RuntimeError } from '../core/errors.ts';
import { describeNode, type NodeBytes } from '../onnx/bytes-graph.ts';
import type { ModelBytes } from '../onnx/bytes-model.ts';
import type { TypeScope } from '../onnx/infer-types.ts';
import { typeText, type ValueType } from '../onnx/value-types.ts';
import type { OpDefinition } from '../schema/op.ts';
import { carrierName, castIn, castOut, crossingOf } from './boundary.ts';
import { sharers } from './sharers.ts';
import { partition, type CutKind, type CutNode } from './partition.ts';
import type { Resolution } from './resolve.ts';
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

/** One custom node, or a control-flow node that is interpreted. */
export interface KernelPlan {
  readonly kind: 'kernel';
  readonly node: NodeBytes;
  readonly op: OpDefinition;
  /** Why a control-flow node is interpreted; its `op` then only stands for it. */
  readonly interpreted?: string;
}

/** The steps of a model, in an order in which they can run. */
export interface Plan {
  /** Inputs a run must be given. Inputs with a default (an initialiser of the same name) are constants. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly steps: readonly (SegmentPlan | KernelPlan)[];
  readonly constants: Constants;
  /** Types of values as far as the model tells them. */
  readonly types: ReadonlyMap<string, ValueType>;
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

const wire = (model: ModelBytes): Wiring => {
  const { graph } = model;
  const constants = new Constants(model);
  const inputs = graph.inputs.map(({ name }) => name).filter((name) => !constants.has(name));
  const producer = new Map<string, number>();
  graph.nodes.forEach((node, index) => {
    for (const name of node.outputs) if (name !== '') producer.set(name, index);
  });
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
    for (const read of node.reads) pending.push(read);
  }
  return needed;
};

/** The groups of nodes of each step, as indices of the graph's nodes. */
const cutGraph = (
  { model, kernels }: Resolution,
  types: TypeScope,
  wiring: Wiring,
  where: string,
  kind: CutKind,
): readonly (readonly number[])[] => {
  const { graph } = model;
  const indices = [...neededNodes(model, wiring)].sort((a, b) => a - b);
  const position = new Map(indices.map((index, at) => [index, at]));
  /** Names of values that a node may not be cut from, by their producer. */
  const cannotCross = (name: string): boolean => crossingOf(types.get(name)) === 'never';
  const cut = partition(
    indices.map((index): CutNode => {
      const producers: number[] = [];
      const joined: number[] = [];
      for (const name of graph.nodes[index]!.reads) {
        const at = position.get(wiring.producer.get(name) ?? -1);
        if (at === undefined) continue;
        producers.push(at);
        if (cannotCross(name)) joined.push(at);
      }
      return { producers, custom: kernels.has(index), joined };
    }),
    kind,
    sharers(model, indices, kernels),
  );
  if ('cycle' in cut) {
    const nodes = cut.cycle.slice(0, 3).map((at) => describeNode(graph.nodes[indices[at]!]!));
    throw new ModelError({
      where,
      what: 'the graph',
      rule: 'must have no cycle',
      actual: `one through or before ${nodes.join(', ')}`,
    });
  }
  if ('apart' in cut) {
    const [from, to] = cut.apart.map((at) => graph.nodes[indices[at]!]!);
    const name = from!.outputs.find((output) => to!.reads.has(output) && cannotCross(output))!;
    throw new RuntimeError({
      where,
      what: `the value ${JSON.stringify(name)} between ${describeNode(from!)} and ${describeNode(to!)}`,
      rule: 'must be a tensor that JavaScript holds, because a custom operator divides the graph there',
      actual: typeText(types.get(name)!),
      hint: 'let the custom operator read and write tensors on that path, or give it a function body',
    });
  }
  return cut.steps.map((step) =>
    (step.kind === 'segment' ? step.nodes : [step.node]).map((at) => indices[at]!),
  );
};

/** Outputs that no call can return are refused here: one of int4 would abort the process. */
const checkOutputs = (
  outputs: readonly string[],
  types: ReadonlyMap<string, ValueType>,
  where: string,
): void => {
  for (const name of outputs) {
    const type = types.get(name);
    if (type?.kind !== 'tensor' || crossingOf(type) === 'itself') continue;
    throw new RuntimeError({
      where,
      what: `the output ${JSON.stringify(name)}`,
      rule: 'must be of a type that JavaScript holds',
      actual: typeText(type),
      hint: 'cast it in the model',
    });
  }
};

/** Plans a model: the nodes its outputs depend on, cut into segments (see partition.ts).
 * @throws {ModelError} Nodes in a cycle. {RuntimeError} A value must cross a cut and cannot, or an output is of a type
 *   JavaScript does not hold. */
export const planModel = (
  resolution: Resolution,
  where: string,
  kind: CutKind = 'fewest',
): Plan => {
  const { model, kernels, interpreted } = resolution;
  const types = resolution.types();
  const { graph } = model;
  const wiring = wire(model);
  const { constants } = wiring;
  const outputs = graph.outputs.map(({ name }) => name);
  checkOutputs(outputs, types, where);
  const groups = cutGraph(resolution, types, wiring, where, kind);
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
  const wanted = new Set(outputs);
  const isWanted = (name: string, at: number): boolean =>
    wanted.has(name) || [...(readers.get(name) ?? [])].some((reader) => reader !== at);
  const castOf = (name: string): ValueType | undefined => {
    const type = wiring.producer.has(name) ? types.get(name) : undefined;
    return type !== undefined && crossingOf(type) === 'cast' ? type : undefined;
  };
  const travelling = (name: string): string => {
    const type = castOf(name);
    return type === undefined ? name : carrierName(name, type);
  };

  const planned = groups.map((group, at): SegmentPlan | KernelPlan => {
    const nodes = group.map((index) => graph.nodes[index]!);
    const op = kernels.get(group[0]!);
    if (op !== undefined) {
      const why = interpreted.get(group[0]!);
      const step = { kind: 'kernel', node: nodes[0]!, op } as const;
      return why === undefined ? step : { ...step, interpreted: why };
    }
    const own = new Set(nodes.flatMap((node) => node.outputs));
    const read = new Set(nodes.flatMap((node) => [...node.reads]));
    const reads = [...read].filter((name) => !own.has(name) && !constants.has(name));
    const writes = [...own].filter((name) => name !== '' && isWanted(name, at));
    const casts = (names: readonly string[], cast: typeof castIn): readonly NodeBytes[] =>
      names.flatMap((name) => {
        const type = castOf(name);
        return type === undefined ? [] : [cast(name, type)];
      });
    return {
      kind: 'segment',
      nodes: [...casts(reads, castIn), ...nodes, ...casts(writes, castOut)],
      reads: reads.map(travelling),
      writes: writes.map(travelling),
      constants: [...read].filter((name) => constants.has(name)),
    };
  });
  return { inputs: wiring.inputs, outputs, steps: planned, constants, types };
};
