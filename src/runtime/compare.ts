// One model on several runtimes: the values at the borders of its segments, or of every node, compared in the order they are made,
// so that the first that differs is named with the step that made it.

import { isDType } from '../core/dtype.ts';
import { messageOf, RuntimeError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { readModel, type ModelBytes } from '../onnx/bytes-model.ts';
import { withOutputs } from '../onnx/extract.ts';
import { OpRegistry, opsOf, type OpList } from '../schema/registry.ts';
import { compareValues, type CompareTolerance, type ValueDifference } from './compare-values.ts';
import type { OrtModule, SessionOptions } from './ort-types.ts';
import { planModel, writesOf } from './plan.ts';
import { resolveOperators } from './resolve.ts';
import { fromOrt, toOrt } from './tensors.ts';

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** Something that runs models. */
export interface Contender {
  readonly name: string;
  /** Outputs by name. Outputs that are no tensors JavaScript holds are left out. */
  run(model: Uint8Array, feeds: NamedTensors): Promise<NamedTensors>;
}

/** A copy of onnxruntime with session options as a contender: `[{ name: 'custom-ops' }]` runs kernels, `['cpu']` function bodies. */
export const sessionContender = (
  name: string,
  ort: OrtModule,
  options: SessionOptions,
): Contender => ({
  name,
  run: async (model, feeds) => {
    const session = await ort.InferenceSession.create(model, options);
    try {
      const wanted = session.outputMetadata.flatMap((info) =>
        info.isTensor && isDType(info.type) ? [info.name] : [],
      );
      const inputs = Object.entries(feeds).map(([key, value]) => [key, toOrt(ort, value)] as const);
      const results = await session.run(Object.fromEntries(inputs), wanted);
      return Object.fromEntries(
        Object.entries(results).map(([key, value]) => [key, fromOrt(value, `output "${key}"`)]),
      );
    } finally {
      await session.release();
    }
  },
});

/** What is compared. */
export interface CompareOptions extends CompareTolerance {
  /** What the others are compared with. */
  readonly reference: Contender;
  readonly others: readonly Contender[];
  readonly feeds: NamedTensors;
  /** Operators installed in the contenders: they decide where the model is cut. */
  readonly ops?: readonly OpList[];
  /** `segments` (default): values at the borders of segments. `nodes`: every node's outputs. */
  readonly values?: 'segments' | 'nodes';
  /** The file's name, for messages. */
  readonly where?: string;
}

/** One value of one contender. */
export interface ComparedValue extends ValueDifference {
  readonly value: string;
  /** The step that makes it: `segment 2`, `kernel "head"`. */
  readonly step: string;
  readonly dtype: string;
  readonly dims: readonly number[];
}

/** One contender beside the reference. */
export interface Comparison {
  readonly contender: string;
  readonly values: readonly ComparedValue[];
  /** The first value that differs, in the order they are made. */
  readonly first?: ComparedValue;
  /** Why nothing could be compared. */
  readonly error?: string;
}

/** What came of a comparison. */
export interface ComparisonReport {
  readonly reference: string;
  readonly comparisons: readonly Comparison[];
  /** Values that no contender can hand out, or the reference did not: sequences, types JavaScript cannot hold. */
  readonly left: readonly string[];
}

interface Value {
  readonly name: string;
  readonly step: string;
}

const valuesOf = (model: ModelBytes, options: CompareOptions, where: string): readonly Value[] => {
  const { ops = [], values = 'segments' } = options;
  const registry = new OpRegistry(opsOf(ops, 'compareModel'));
  const plan = planModel(resolveOperators(model, registry, where), where);
  let segments = 0;
  return plan.steps.flatMap((step): Value[] => {
    const called = step.kind === 'segment' ? `segment ${++segments}` : `kernel "${step.node.name}"`;
    const names =
      step.kind === 'segment' && values === 'nodes'
        ? step.nodes.flatMap((node) => node.outputs.filter((name) => name !== ''))
        : writesOf(step);
    return names.map((name) => ({ name, step: called }));
  });
};

/** Runs a model on every contender with the same inputs and compares the values.
 * @throws {ModelError | RuntimeError} The model cannot be planned, or the reference cannot run it. */
export const compareModel = async (
  bytes: Uint8Array,
  options: CompareOptions,
): Promise<ComparisonReport> => {
  const { reference, others, feeds, where = 'model' } = options;
  const model = readModel(bytes, where);
  const values = valuesOf(model, options, where);
  const extended = withOutputs(
    model,
    values.map(({ name }) => name),
  );
  let expected: NamedTensors;
  try {
    expected = await reference.run(extended, feeds);
  } catch (cause) {
    throw new RuntimeError({
      where,
      what: `the reference, ${reference.name},`,
      rule: 'must run the model',
      actual: messageOf(cause),
      cause,
    });
  }
  const comparisons: Comparison[] = [];
  for (const contender of others) {
    let actual: NamedTensors;
    try {
      actual = await contender.run(extended, feeds);
    } catch (error) {
      comparisons.push({ contender: contender.name, values: [], error: messageOf(error) });
      continue;
    }
    const compared = values.flatMap(({ name, step }): ComparedValue[] => {
      const want = expected[name];
      const have = actual[name];
      if (want === undefined || have === undefined) return [];
      const { dtype, dims } = want;
      return [{ value: name, step, dtype, dims, ...compareValues(want, have, options) }];
    });
    const first = compared.find(({ agrees }) => !agrees);
    comparisons.push({
      contender: contender.name,
      values: compared,
      ...(first === undefined ? {} : { first }),
    });
  }
  return {
    reference: reference.name,
    comparisons,
    left: values.flatMap(({ name }) => (expected[name] === undefined ? [name] : [])),
  };
};
