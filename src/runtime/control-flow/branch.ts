// One subgraph of an interpreted node as a model of its own: its formal inputs and what it captures are inputs, constants it
// captures are its constants.

import type { DType } from '../../core/dtype.ts';
import { RuntimeError } from '../../core/errors.ts';
import type { GraphBytes, NamedBytes } from '../../onnx/bytes-graph.ts';
import type { ModelBytes } from '../../onnx/bytes-model.ts';
import type { ValueMeta } from '../../schema/forms.ts';
import type { BuiltModel } from '../build.ts';
import type { Feeds, Fetches, OrtTensor } from '../ort-types.ts';
import type { Runner } from '../runner.ts';
import { declaredMeta, isConstantNode, writeValueInfo, type Constants } from '../values.ts';

/** A subgraph, ready to run. */
export interface Branch {
  readonly built: BuiltModel;
  readonly runner: Runner;
  /** Formal inputs and outputs, in the order of the subgraph; an output may be listed twice. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Element types of the outputs. */
  readonly dtypes: readonly DType[];
  /** Shapes of the outputs as far as they are known, for the outputs of no iteration. */
  readonly shapes: readonly ValueMeta['dims'][];
  /** Rank the subgraph declares for each formal input; undefined where it declares none. */
  readonly ranks: readonly (number | undefined)[];
}

/** Values around a subgraph. */
export interface Around {
  readonly model: ModelBytes;
  readonly constants: Constants;
  readonly metas: ReadonlyMap<string, ValueMeta>;
  readonly where: string;
}

/** Names that a subgraph's nodes and outputs read from around it. */
export const capturesOf = (graph: GraphBytes, reads: ReadonlySet<string>): readonly string[] => {
  const own = new Set<string>();
  for (const list of [graph.inputs, graph.initializers, graph.sparseInitializers]) {
    for (const { name } of list) own.add(name);
  }
  for (const { outputs } of graph.nodes) for (const name of outputs) own.add(name);
  const read = new Set<string>();
  for (const node of graph.nodes) for (const name of node.reads) read.add(name);
  for (const { name } of graph.outputs) read.add(name);
  return [...read].filter((name) => !own.has(name) && reads.has(name));
};

const unique = (list: readonly NamedBytes[]): readonly NamedBytes[] => [
  ...new Map(list.map((item) => [item.name, item])).values(),
];

/** The model of a subgraph.
 * @param formal - Element types of the formal inputs, as far as the node's inputs tell them. A formal input's shape is left out: it
 *   may differ from iteration to iteration.
 * @throws {RuntimeError} A captured value is no tensor that JavaScript holds. */
export const branchModel = (
  graph: GraphBytes,
  formal: readonly (DType | undefined)[],
  captures: readonly string[],
  { model, constants, metas, where }: Around,
): ModelBytes => {
  const outer = model.graph;
  const fixed = new Set(captures.filter((name) => constants.has(name)));
  const isFixed = ({ name }: NamedBytes): boolean => fixed.has(name);
  const inputs = graph.inputs.map((info, at) => {
    const dtype = formal[at] ?? declaredMeta(info)?.dtype;
    return dtype === undefined ? info : writeValueInfo(info.name, { dtype, dims: undefined });
  });
  const captured = captures
    .filter((name) => !fixed.has(name))
    .map((name) => {
      const meta = metas.get(name);
      if (meta !== undefined) return writeValueInfo(name, meta);
      throw new RuntimeError({
        where,
        what: `the value ${JSON.stringify(name)}`,
        rule: 'must be a tensor of a type that JavaScript holds, to be read by control flow that is interpreted',
      });
    });
  const shadowed = new Set(graph.initializers.map(({ name }) => name));
  return {
    ...model,
    graph: {
      ...graph,
      inputs: [...inputs, ...captured],
      outputs: unique(graph.outputs),
      initializers: [
        ...outer.initializers.filter((item) => isFixed(item) && !shadowed.has(item.name)),
        ...graph.initializers,
      ],
      sparseInitializers: [
        ...outer.sparseInitializers.filter(isFixed),
        ...graph.sparseInitializers,
      ],
      nodes: [
        ...outer.nodes.filter((node) => isConstantNode(node) && fixed.has(node.outputs[0] ?? '')),
        ...graph.nodes,
      ],
    },
  };
};

/** The subgraph with its runner.
 * @throws {RuntimeError} An output is no tensor that JavaScript holds. */
export const startBranch = (
  graph: GraphBytes,
  built: BuiltModel,
  runner: Runner,
  isDType: (name: string) => name is DType,
  where: string,
): Branch => {
  const outputs = graph.outputs.map(({ name }) => name);
  return {
    built,
    runner,
    inputs: graph.inputs.map(({ name }) => name),
    outputs,
    dtypes: outputs.map((name) => {
      const meta = built.outputs.find((one) => one.name === name);
      if (meta?.isTensor === true && isDType(meta.type)) return meta.type;
      throw new RuntimeError({
        where,
        what: `the output ${JSON.stringify(name)} of its subgraph`,
        rule: 'must be a tensor of a type that JavaScript holds, because the node is interpreted',
        actual: meta?.isTensor === true ? meta.type : 'a sequence, map or optional',
        hint: 'export the model with the function body of the custom operator',
      });
    }),
    shapes: graph.outputs.map((info) => {
      const known = built.outputs.find(({ name }) => name === info.name);
      // Metadata show a scalar and an unknown rank alike.
      if (known?.isTensor === true && known.shape.length > 0) return known.shape;
      return declaredMeta(info)?.dims;
    }),
    ranks: graph.inputs.map((info) => declaredMeta(info)?.dims?.length),
  };
};

/** Runs a subgraph once: its outputs in their order. */
export const runBranch = async (
  { runner, built, inputs, outputs }: Branch,
  formal: readonly OrtTensor[],
  captured: Feeds,
): Promise<readonly OrtTensor[]> => {
  // Only what this subgraph reads: onnxruntime-web refuses feeds that are no inputs.
  const feeds: Record<string, OrtTensor> = {};
  for (const name of built.inputNames) {
    const value = captured[name];
    if (value !== undefined) feeds[name] = value;
  }
  inputs.forEach((name, at) => (feeds[name] = formal[at]!));
  const fetches: Record<string, null> = {};
  for (const name of outputs) fetches[name] = null;
  const results = await runner.run(feeds, fetches satisfies Fetches, {}, undefined);
  return outputs.map((name) => results[name]!);
};
