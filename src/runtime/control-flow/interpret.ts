// An If, Loop or Scan with custom nodes in its subgraphs, run by this package: each subgraph is planned and built as a model, with
// sessions and kernels of its own, and the node becomes a kernel over them.

import { isDType, type DType } from '../../core/dtype.ts';
import { ModelError, RuntimeError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import { attributeFromProto } from '../../onnx/attributes.ts';
import { describeNode, type NodeBytes } from '../../onnx/bytes-graph.ts';
import { onnx } from '../../onnx/proto.ts';
import type { ValueMeta } from '../../schema/forms.ts';
import type { OpRegistry } from '../../schema/registry.ts';
import type { BoundKernel, BoundOutput } from '../bind.ts';
import { buildModel, type BuildContext, type Interpreted } from '../build.ts';
import { CpuRunner } from '../cpu-runner.ts';
import type { OrtTensor } from '../ort-types.ts';
import type { CutKind } from '../partition.ts';
import { planModel, type KernelPlan } from '../plan.ts';
import { resolveOperators } from '../resolve.ts';
import { sessionsOf } from '../runner.ts';
import { toOrt } from '../tensors.ts';
import { branchModel, capturesOf, startBranch, type Branch } from './branch.ts';
import { runIf, runLoop, runScan, type Call, type ScanOptions } from './semantics.ts';
import { decodePart } from '../../onnx/decode.ts';

/** Attributes that are lists of integers, and one integer. */
const scanOptions = (node: NodeBytes): ScanOptions => {
  const given = new Map<string, unknown>();
  for (const attribute of decodePart(onnx.NodeProto, node.bytes, `node "${node.name}"`).attribute) {
    if (attribute.name !== 'body') given.set(attribute.name ?? '', attributeFromProto(attribute));
  }
  const list = (name: string): readonly number[] => (given.get(name) ?? []) as readonly number[];
  return {
    scanned: (given.get('num_scan_inputs') ?? 0) as number,
    inputAxes: list('scan_input_axes'),
    outputAxes: list('scan_output_axes'),
    inputDirections: list('scan_input_directions'),
    outputDirections: list('scan_output_directions'),
  };
};

/** Element types of a subgraph's formal inputs. */
const formalTypes = (
  node: NodeBytes,
  dtypeOf: (name: string) => DType | undefined,
): readonly (DType | undefined)[] => {
  const given = node.inputs.map(dtypeOf);
  if (node.type === 'If') return [];
  return node.type === 'Loop' ? ['int64', 'bool', ...given.slice(2)] : given;
};

const branchOf = (branches: ReadonlyMap<string, Branch>, name: string, where: string): Branch => {
  const branch = branches.get(name);
  if (branch !== undefined) return branch;
  throw new ModelError({ where, what: `the attribute ${name}`, rule: 'is required' });
};

/** The node's outputs in terms of a subgraph's: how many, and the first of them. */
const resultsOf = (
  node: NodeBytes,
  branches: ReadonlyMap<string, Branch>,
  where: string,
): readonly DType[] => {
  const lists = [...branches.values()].map(({ dtypes }) =>
    node.type === 'Loop' ? dtypes.slice(1) : dtypes,
  );
  const [first = []] = lists;
  for (const list of lists) {
    const same = list.length === first.length && list.every((dtype, at) => dtype === first[at]);
    if (same && list.length >= node.outputs.length) continue;
    throw new ModelError({
      where,
      what: 'its subgraphs',
      rule: `must give ${node.outputs.length} outputs, of the same types in both branches`,
      actual: lists.map((one) => one.join(', ')).join(' and '),
    });
  }
  return first;
};

/** A run of the node over its branches. */
const semanticsOf = (
  node: NodeBytes,
  branches: ReadonlyMap<string, Branch>,
  where: string,
): ((call: Call) => Promise<readonly Tensor[]>) => {
  switch (node.type) {
    case 'If': {
      const yes = branchOf(branches, 'then_branch', where);
      const no = branchOf(branches, 'else_branch', where);
      return (call) => runIf(call, { yes, no });
    }
    case 'Loop': {
      const body = branchOf(branches, 'body', where);
      return (call) => runLoop(call, body);
    }
    default: {
      const body = branchOf(branches, 'body', where);
      const options = scanOptions(node);
      return (call) => runScan(call, body, options);
    }
  }
};

/** Makes interpreted nodes of models built with these operators.
 * @param cut - How the subgraphs are cut. */
export const interpreter =
  (registry: OpRegistry, cut: CutKind) =>
  async (
    context: BuildContext,
    step: KernelPlan,
    metas: Map<string, ValueMeta>,
  ): Promise<Interpreted> => {
    const { ort, model, plan } = context;
    const { constants } = plan;
    const { node } = step;
    const where = `${context.where}, ${describeNode(node)}`;
    if (node.type === 'Scan' && (model.opsets.get('') ?? 1) < 9) {
      throw new RuntimeError({
        where,
        what: 'Scan of opset 8',
        rule: 'cannot be interpreted; opset 9 changed it',
        hint: 'convert the model to opset 9 or later',
      });
    }
    const dtypeOf = (name: string): DType | undefined =>
      metas.get(name)?.dtype ?? (constants.has(name) ? constants.tensor(name).dtype : undefined);
    const branches = new Map<string, Branch>();
    const release = async (): Promise<void> => {
      for (const { runner } of branches.values()) await runner.release();
    };
    try {
      for (const { attribute, graph } of node.subgraphs) {
        const captures = capturesOf(graph, node.reads);
        const around = { model, constants, metas, where };
        const own = branchModel(graph, formalTypes(node, dtypeOf), captures, around);
        const resolution = resolveOperators(own, registry, where);
        // Where outputs are left and files are written is said for the model, not for its subgraphs.
        const { outputLocations: _, options, ...rest } = context;
        const { enableProfiling: _p, optimizedModelFilePath: _o, ...shared } = options;
        const built = await buildModel({
          ...rest,
          options: shared,
          model: resolution.model,
          plan: planModel(resolution, where, cut),
          where,
        });
        const runner = new CpuRunner(ort, built);
        try {
          branches.set(attribute, startBranch(graph, built, runner, isDType, where));
        } catch (error) {
          await runner.release();
          throw error;
        }
      }
      const kernel = bind(context, step, metas, branches, where);
      return { kernel, sessions: [...branches.values()].flatMap(({ built }) => sessionsOf(built)) };
    } catch (error) {
      await release();
      throw error;
    }
  };

const bind = (
  { ort, plan: { constants } }: BuildContext,
  { node, op, interpreted }: KernelPlan,
  metas: Map<string, ValueMeta>,
  branches: ReadonlyMap<string, Branch>,
  where: string,
): BoundKernel => {
  const dtypes = resultsOf(node, branches, where);
  const run = semanticsOf(node, branches, where);
  // What the node itself reads, and what its subgraphs capture beside constants.
  const direct = node.inputs.filter((name) => name !== '');
  const captures = [...node.reads].filter((name) => !constants.has(name));
  const names = [...new Set([...direct, ...captures])];
  const outputs = node.outputs.flatMap((value, at): BoundOutput[] => {
    const dtype = dtypes[at]!;
    if (value === '') return [];
    if (!metas.has(value)) metas.set(value, { dtype, dims: undefined });
    return [{ port: 'outputs', at, value, dtype }];
  });
  const metaOf = (name: string): ValueMeta => {
    const meta = metas.get(name);
    if (meta !== undefined) return meta;
    if (constants.has(name)) return constants.tensor(name);
    throw new RuntimeError({
      where,
      what: `the value ${JSON.stringify(name)}`,
      rule: 'must be a tensor of a type that JavaScript holds, to be read by control flow that is interpreted',
    });
  };
  const kernel = async ({ inputs }: { readonly inputs: readonly Tensor[] }) => {
    const given = new Map(names.map((name, at) => [name, inputs[at]!]));
    const captured: Record<string, OrtTensor> = {};
    for (const name of captures) captured[name] = toOrt(ort, given.get(name)!);
    const results = await run({
      ort,
      where,
      inputs: node.inputs.map((name) => given.get(name)),
      captured,
    });
    return { outputs: results };
  };
  return {
    op: { ...op, kernel: kernel as unknown as BoundKernel['op']['kernel'] },
    where,
    node: node.name,
    attributes: {},
    inputs: [
      {
        port: 'inputs',
        variadic: true,
        sources: names.map((name) =>
          constants.has(name) ? { constant: constants.tensor(name) } : { value: name },
        ),
      },
    ],
    outputs,
    inputTypes: { inputs: names.map(metaOf) },
    interpreted: interpreted ?? '',
  };
};
