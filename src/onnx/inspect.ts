// inspectModel: what is in a model, as plain data: versions, inputs, outputs, operators, functions, parameters, metadata.

import { dtypeOfOnnx } from '../core/dtype.ts';
import { sizeOf } from '../core/shape.ts';
import { decodeModel } from './decode.ts';
import { numberOf } from './integers.ts';
import { onnx, type OnnxTypes } from './proto.ts';
import { allNodes, domainOf, opName } from './walk.ts';

/** An input or output of a model. */
export interface ValueSummary {
  readonly name: string;
  /** Element type; the ONNX name where JavaScript has none; undefined where the model does not tell, or it is no tensor. */
  readonly dtype: string | undefined;
  /** A symbolic dimension is a string, an unknown one null; undefined: unknown rank. */
  readonly dims: readonly (number | string | null)[] | undefined;
}

/** A summary of a model. */
export interface ModelSummary {
  readonly irVersion: number;
  /** Imported opsets by domain; the standard one is `ai.onnx`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly graphName: string;
  /** Inputs a caller must feed: those without an initializer. */
  readonly inputs: readonly ValueSummary[];
  readonly outputs: readonly ValueSummary[];
  /** Nodes of the main graph and its subgraphs, counted by operator (`Gemm`, `ai.sharmix::SharMiX`). */
  readonly operators: Readonly<Record<string, number>>;
  /** Model-local functions: name, and number of nodes with those of subgraphs. */
  readonly functions: Readonly<Record<string, number>>;
  /** Elements of all initializers together. */
  readonly parameters: number;
  readonly metadata: Readonly<Record<string, string>>;
}

const dimOf = ({ dimValue, dimParam }: OnnxTypes.TensorShapeProto.IDimension) => {
  if (dimParam !== null && dimParam !== undefined && dimParam !== '') return dimParam;
  return dimValue === null || dimValue === undefined ? null : numberOf(dimValue, 'dimension');
};

/** An input, output or value_info as plain data. */
export const summaryOf = ({ name, type }: OnnxTypes.IValueInfoProto): ValueSummary => {
  const tensor = type?.tensorType;
  const elemType = tensor?.elemType ?? 0;
  return {
    name: name ?? '',
    dtype:
      elemType === 0 ? undefined : (dtypeOfOnnx(elemType) ?? onnx.TensorProto.DataType[elemType]),
    dims: tensor?.shape ? (tensor.shape.dim ?? []).map(dimOf) : undefined,
  };
};

const count = (names: Iterable<string>): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

/** What is in a model.
 * @param where - The file's name, for messages.
 * @throws {ModelError} The bytes are no ONNX model. */
export const inspectModel = (bytes: Uint8Array, where = 'model'): ModelSummary => {
  const model = decodeModel(bytes, where);
  const graph = model.graph ?? {};
  const initializers = graph.initializer ?? [];
  const initialized = new Set(initializers.map(({ name }) => name));
  const names = function* (nodes: readonly OnnxTypes.INodeProto[]): Generator<string> {
    for (const node of allNodes(nodes)) yield opName(node);
  };
  return {
    irVersion: numberOf(model.irVersion, where),
    opsets: Object.fromEntries(
      model.opsetImport.map(({ domain, version }) => [
        domainOf(domain) || 'ai.onnx',
        numberOf(version, where),
      ]),
    ),
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    graphName: graph.name ?? '',
    inputs: (graph.input ?? []).filter(({ name }) => !initialized.has(name)).map(summaryOf),
    outputs: (graph.output ?? []).map(summaryOf),
    operators: count(names(graph.node ?? [])),
    functions: Object.fromEntries(
      model.functions.map((f) => [
        `${domainOf(f.domain)}::${f.name ?? ''}`,
        [...allNodes(f.node ?? [])].length,
      ]),
    ),
    parameters: initializers.reduce(
      (sum, { dims, name }) =>
        sum + sizeOf((dims ?? []).map((dim) => numberOf(dim, `initializer ${name ?? ''}`))),
      0,
    ),
    metadata: Object.fromEntries(
      model.metadataProps.map(({ key, value }) => [key ?? '', value ?? '']),
    ),
  };
};
