// What the runtime would make of a model, found without a session: its parts, what nobody provides, the plan of segments and kernels.

import { operatorFindings } from '../onnx/check-operators.ts';
import { decodeModel } from '../onnx/decode.ts';
import type { Finding } from '../onnx/finding.ts';
import {
  inspectModel as summaryOfModel,
  type ModelSummary,
  type ValueSummary,
} from '../onnx/inspect.ts';
import { onnx } from '../onnx/proto.ts';
import { summaryOf } from '../onnx/inspect.ts';
import { readModel } from '../onnx/bytes-model.ts';
import { weightsReport, type WeightsReport } from '../onnx/weights-report.ts';
import { typeText } from '../onnx/value-types.ts';
import { checkModelBytes } from '../onnx/bytes-check.ts';
import { missing } from '../schema/forms.ts';
import type { OpDefinition } from '../schema/op.ts';
import { OpRegistry, opsOf, type OpList } from '../schema/registry.ts';
import {
  planModel,
  readsOf,
  writesOf,
  type KernelPlan,
  type Plan,
  type SegmentPlan,
} from './plan.ts';
import { resolveOperators, type Resolution } from './resolve.ts';
import { sharedWeights, type SharedWeight } from './shared-weights.ts';

/** What a model is inspected with. */
export interface InspectOptions {
  /** Operators that will be installed. */
  readonly ops?: readonly OpList[];
  /** How the model is cut: see the provider's option of the same name. */
  readonly cut?: 'fewest' | 'every-node';
  /** How many of the largest initialisers are listed. Default 10. */
  readonly largest?: number;
  /** The file's name, for messages. */
  readonly where?: string;
}

/** One step of the plan, in the order they run. */
export interface StepReport {
  /** `segment`: a session of onnxruntime. `kernel`: a custom node. `interpreted`: a node of control flow that onnxruntime cannot run.
   * `unresolved`: a custom node that nothing provides. */
  readonly kind: 'segment' | 'kernel' | 'interpreted' | 'unresolved';
  /** Name of a kernel's node, or of a segment by its number. */
  readonly name: string;
  /** Label of a kernel's operator. */
  readonly op?: string;
  /** Nodes by operator. */
  readonly operators: Readonly<Record<string, number>>;
  readonly reads: readonly ValueSummary[];
  readonly writes: readonly ValueSummary[];
  /** Bytes of the initialisers it reads. */
  readonly weightBytes: number;
  /** WebGPU: whether the operator has a shader, and why not. Kernels only. */
  readonly shader?: string;
  /** Why a node of control flow is interpreted. */
  readonly reason?: string;
}

/** A model, inspected. */
export interface ModelReport {
  readonly summary: ModelSummary;
  /** Size of the model's own file. */
  readonly sizeBytes: number;
  /** Nodes by operator, by domain; the standard domain is `ai.onnx`. Subgraphs and called functions included. */
  readonly operators: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Nodes whose operator nobody provides, each with the way out. */
  readonly unresolved: readonly Finding[];
  /** The steps; undefined where the model cannot be planned, which `planError` then tells. */
  readonly steps: readonly StepReport[] | undefined;
  readonly planError?: string;
  readonly weights: WeightsReport;
  readonly shared: readonly SharedWeight[];
}

const why = missing('it is not installed');

/** A stand-in for an operator that is not there, so that the plan can be drawn as it will be. */
const standIn = (domain: string, type: string, version: number): OpDefinition => ({
  schema: {
    type,
    domain,
    version,
    inputs: { inputs: 'I...' },
    outputs: { outputs: 'O...' },
    attributes: {},
    // More than one each: nothing is known of them.
    types: { I: ['float32', 'int64'], O: ['float32', 'int64'] },
  },
  label: `${domain}@${version}::${type}`,
  infer: () => ({}),
  kernel: () => ({}),
  shader: why,
  body: why,
  grad: why,
});

const operatorsByDomain = (summary: ModelSummary): ModelReport['operators'] => {
  const domains: Record<string, Record<string, number>> = {};
  for (const [name, count] of Object.entries(summary.operators)) {
    const at = name.lastIndexOf('::');
    const domain = at < 0 ? 'ai.onnx' : name.slice(0, at);
    domains[domain] = { ...domains[domain], [at < 0 ? name : name.slice(at + 2)]: count };
  }
  return domains;
};

/** Element types and shapes by value: what the model declares, and what follows from it. */
const valueSummaries = ({ model, types }: Resolution): ((name: string) => ValueSummary) => {
  const { graph } = model;
  const declared = new Map(
    [...graph.valueInfos, ...graph.outputs, ...graph.inputs].map(({ name, bytes }) => [
      name,
      summaryOf(onnx.ValueInfoProto.decode(bytes)),
    ]),
  );
  const inferred = types();
  return (name) => {
    const known = declared.get(name);
    const type = inferred.get(name);
    if (known?.dtype !== undefined || type === undefined) {
      return known ?? { name, dtype: undefined, dims: undefined };
    }
    return { name, dtype: typeText(type), dims: undefined };
  };
};

const counted = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

const opName = ({ domain, type }: { readonly domain: string; readonly type: string }): string =>
  domain === '' ? type : `${domain}::${type}`;

type Step = SegmentPlan | KernelPlan;

const stepReports = (
  resolution: Resolution,
  plan: Plan,
  isMissing: (op: OpDefinition) => boolean,
): readonly StepReport[] => {
  const { model, interpreted } = resolution;
  const value = valueSummaries(resolution);
  const sizes = new Map(model.graph.initializers.map((one) => [one.name, one]));
  const reasons = new Map(
    Array.from(interpreted, ([index, why]) => [model.graph.nodes[index]?.outputs[0], why] as const),
  );
  let segments = 0;
  return plan.steps.map((step: Step): StepReport => {
    const constants =
      step.kind === 'segment' ? step.constants : [...step.node.reads].filter((n) => sizes.has(n));
    const common = {
      reads: readsOf(step, plan.constants).map(value),
      writes: writesOf(step).map(value),
      weightBytes: weightsReport(constants.flatMap((name) => sizes.get(name) ?? [])).bytes,
    };
    if (step.kind === 'segment') {
      const operators = counted(step.nodes.map(opName));
      return { kind: 'segment', name: `segment ${++segments}`, operators, ...common };
    }
    const { node, op } = step;
    const named = {
      name: node.name === '' ? (node.outputs[0] ?? '') : node.name,
      op: op.label,
      operators: { [opName(node)]: 1 },
      ...common,
    };
    const reason = reasons.get(node.outputs[0]);
    if (reason !== undefined) return { kind: 'interpreted', ...named, reason };
    if (isMissing(op)) return { kind: 'unresolved', ...named };
    const shader = 'missing' in op.shader ? `no: ${op.shader.missing}` : 'yes';
    return { kind: 'kernel', ...named, shader };
  });
};

/** What the runtime would make of a model: nothing is run and no session is made.
 * @throws {ModelError} The bytes are no ONNX model. */
export const inspectModel = (bytes: Uint8Array, options: InspectOptions = {}): ModelReport => {
  const { ops = [], cut = 'fewest', largest = 10, where = 'model' } = options;
  const summary = summaryOfModel(bytes, where);
  const model = readModel(bytes, where);
  const given = opsOf(ops, 'inspectModel');
  const decoded = decodeModel(bytes, where);
  const unresolved = operatorFindings(decoded, new OpRegistry(given)).filter(
    ({ code }) => code === 'unresolved-operator',
  );
  const registry = new OpRegistry(given);
  const standIns = new Set<OpDefinition>();
  for (const { operator } of unresolved) {
    if (operator === undefined) continue;
    const [domain, type] = operator;
    const version = model.opsets.get(domain) ?? 1;
    if (registry.get(domain, type, version) !== undefined) continue;
    const op = standIn(domain, type, version);
    registry.add(op);
    standIns.add(op);
  }
  const common = {
    summary,
    sizeBytes: bytes.length,
    operators: operatorsByDomain(summary),
    unresolved,
    weights: weightsReport(model.graph.initializers, largest),
  };
  try {
    checkModelBytes(model, where);
    const resolution = resolveOperators(model, registry, where);
    const plan = planModel(resolution, where, cut);
    return {
      ...common,
      steps: stepReports(resolution, plan, (op) => standIns.has(op)),
      shared: sharedWeights(resolution.model, plan),
    };
  } catch (error) {
    const planError = error instanceof Error ? error.message : String(error);
    return { ...common, steps: undefined, planError, shared: [] };
  }
};
