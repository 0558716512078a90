// Cases for the operators of ai.onnx.contrib: one model of one node each, and the feeds of its runs.

import { ModelBuilder } from '../../../src/onnx/index.ts';
import {
  portsOf,
  type DType,
  type OpDefinition,
  type Tensor,
  tensor,
} from '../../../src/schema/index.ts';

/** A model of one operator, with the feeds of its runs. */
export interface Case {
  readonly op: OpDefinition;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly runs: readonly Readonly<Record<string, Tensor>>[];
}

/** A string tensor; one text of no shape is a list of one. */
export const strings = (texts: readonly string[], dims: readonly number[] = [texts.length]) =>
  tensor('string', [...texts], dims);

/** An int64 tensor. */
export const longs = (values: readonly number[], dims: readonly number[] = [values.length]) =>
  tensor('int64', BigInt64Array.from(values, BigInt), dims);

/** A bool tensor of one element. */
export const bool = (value: boolean) => tensor('bool', Uint8Array.of(Number(value)), [1]);

/** The bytes of a case's model. Its inputs have the names, types and ranks of the first run's. */
export const modelOf = ({ op, attributes, runs }: Case): Uint8Array => {
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
  // Declared by the operator's own inference: what it cannot know has a name.
  const metas = Object.fromEntries(
    Object.entries(runs[0]!).map(([name, { dtype, dims }]) => [
      name,
      { dtype, dims: dims.map(() => null) },
    ]),
  );
  const declared = op.infer(metas, attributes as never) as Readonly<
    Record<string, { dtype: DType; dims: readonly (number | string | null)[] }>
  >;
  for (const { name } of ports) {
    const { dtype, dims } = declared[name]!;
    model.output(
      values[name]!,
      name,
      dtype,
      dims.map((dim, axis) => dim ?? `${name}_${axis}`),
    );
  }
  return model.build();
};
