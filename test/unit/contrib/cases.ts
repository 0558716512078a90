// Cases for the operators of ai.onnx.contrib: one model of one node each, and the feeds of its runs.

import { decodeModel, ModelBuilder, onnx } from '../../../src/onnx/index.ts';
import {
  portsOf,
  resolveAttributes,
  type DType,
  type OpDefinition,
  type Tensor,
  type ValueMeta,
  tensor,
} from '../../../src/schema/index.ts';

/** A model of one operator, with the feeds of its runs. */
export interface Case {
  readonly op: OpDefinition;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly runs: readonly Readonly<Record<string, Tensor>>[];
  /** The first outputs, where the node has no more; all of them where left out. */
  readonly outputs?: readonly string[];
}

/** A string tensor; one text of no shape is a list of one. */
export const strings = (texts: readonly string[], dims: readonly number[] = [texts.length]) =>
  tensor('string', [...texts], dims);

/** An int64 tensor. */
export const longs = (values: readonly number[], dims: readonly number[] = [values.length]) =>
  tensor('int64', BigInt64Array.from(values, BigInt), dims);

/** A bool tensor of one element. */
export const bool = (value: boolean) => tensor('bool', Uint8Array.of(Number(value)), [1]);

/** Types and shapes of the outputs by the operator's own inference; of rank 1 where it refuses the attributes. */
const declaredOutputs = (
  op: OpDefinition,
  attributes: Case['attributes'],
  feeds: Case['runs'][number],
): ((name: string) => { readonly dtype: DType; readonly dims: Dims }) => {
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, dims }]) => [
      name,
      { dtype, dims: dims.map(() => null) },
    ]),
  );
  let declared: Readonly<Record<string, ValueMeta>>;
  try {
    const resolved = resolveAttributes(op.label, op.schema.attributes, attributes);
    declared = op.infer(inputs, resolved);
  } catch {
    declared = {};
  }
  return (name) => {
    const meta = declared[name];
    const dtype = meta?.dtype ?? (op.schema.outputs[name]!.replace('?', '') as DType);
    return { dtype, dims: meta?.dims ?? [null] };
  };
};

type Dims = readonly (number | string | null)[];

/** The bytes of a case's model. Its inputs have the names, types and ranks of the first run's. */
export const modelOf = ({ op, attributes, runs, outputs }: Case): Uint8Array => {
  const model = new ModelBuilder();
  const inputs = Object.fromEntries(
    Object.entries(runs[0]!).map(([name, { dtype, dims }]) => [
      name,
      model.input(
        name,
        dtype,
        dims.map((_, axis) => `${name}_${axis}`),
      ),
    ]),
  );
  const ports = portsOf(op.schema.outputs);
  const values = model.customOp(op, inputs, attributes, {
    functionBody: false,
    outputs: Object.fromEntries(ports.map(({ name }) => [name, name])),
  });
  const declared = declaredOutputs(op, attributes, runs[0]!);
  for (const { name } of ports.filter((port) => outputs?.includes(port.name) ?? true)) {
    const { dtype, dims } = declared(name);
    model.output(
      values[name]!,
      name,
      dtype,
      dims.map((dim, axis) => dim ?? `${name}_${axis}`),
    );
  }
  return outputs === undefined ? model.build() : withOutputs(model.build(), outputs.length);
};

/** A model whose only node is left with its first outputs. */
const withOutputs = (bytes: Uint8Array, count: number): Uint8Array => {
  const model = decodeModel(bytes);
  const [node] = model.graph!.node!;
  node!.output = node!.output!.slice(0, count);
  return onnx.ModelProto.encode(model).finish();
};
