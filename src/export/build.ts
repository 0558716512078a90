// From a tfjs model to the bytes of an ONNX model, unverified.

import { ExportError } from '../core/errors.ts';
import { decodeModel, ModelBuilder, numberOf } from '../onnx/index.ts';
import type { OpDefinition } from '../schema/op.ts';
import type { tf } from '../train/index.ts';
import { batchDim, GraphState, modelDims } from './graph-state.ts';
import type { ExportOptions } from './options.ts';
import { inputPorts, outputPorts, type NamedTensor } from './ports.ts';
import type { ExportReport, PortReport } from './report.ts';
import type { LayerValue } from './values.ts';
import { dtypeOfTf, Walk, type RuleLookup } from './walk.ts';
import type { WeightValues } from './weights.ts';

/** An input, and the range of the integers it holds where a layer looks rows up with them. */
export interface InputPort extends PortReport {
  readonly size?: number;
}

/** A model that is written but not verified. */
export interface Draft {
  readonly bytes: Uint8Array;
  readonly inputs: readonly InputPort[];
  readonly outputs: readonly NamedTensor[];
  readonly ops: readonly OpDefinition[];
  readonly report: Omit<ExportReport, 'differences'>;
}

const report = ({ name }: { name: string }, { dtype, shape }: LayerValue): PortReport => ({
  name,
  dtype,
  shape: modelDims(shape) ?? [],
});

/** Symbolic dimensions of an input: the batch is `N`, another unknown one `tokens_1`. */
const inputShape = (name: string, shape: readonly (number | null)[]): (number | string)[] =>
  shape.map((dim, i) => (i === 0 ? batchDim : (dim ?? `${name}_${i}`)));

const checkTensors = (outputs: readonly NamedTensor[], inputs: readonly NamedTensor[]): void => {
  for (const { name } of outputs) {
    if (!inputs.some((input) => input.name === name)) continue;
    throw new ExportError({
      where: 'exportModel',
      what: `the output ${name}`,
      rule: 'must not have the name of an input',
      hint: 'options.outputs gives names',
    });
  }
};

/** Exports the layers and builds the model. */
export const buildDraft = (
  model: tf.LayersModel,
  weights: WeightValues,
  ruleOf: RuleLookup,
  options: ExportOptions,
): Draft => {
  const named = inputPorts(model, options);
  const outputs = outputPorts(model, options);
  checkTensors(outputs, named);
  const { opset } = options;
  const builder = new ModelBuilder({
    ...(opset === undefined ? {} : { opset }),
    graphName: model.name,
  });
  const state = new GraphState(builder, weights);
  const known = new Map<number, LayerValue>();
  for (const { name, tensor } of named) {
    const dtype = dtypeOfTf(tensor.dtype, `input ${name}`);
    const value = builder.input(name, dtype, inputShape(name, tensor.shape));
    const layerValue: LayerValue = { value, dtype, shape: tensor.shape };
    state.know(layerValue);
    known.set(tensor.id, layerValue);
  }
  const names = new Map(outputs.map(({ name, tensor }) => [tensor.id, name]));
  const walk = new Walk(state, ruleOf, names);
  const values = walk.run(
    outputs.map(({ tensor }) => tensor),
    known,
  );
  const outputReports = outputs.map((port, i) => {
    const found = values[i]!;
    builder.output(found.value, port.name, found.dtype, modelDims(found.shape));
    return report(port, found);
  });
  for (const [key, value] of Object.entries(options.metadata ?? {})) builder.metadata(key, value);
  const bytes = builder.build();
  return {
    bytes,
    inputs: named.map(({ name, tensor }) => {
      const size = state.sizes.get(name);
      const { dtype } = known.get(tensor.id)!;
      const shape = inputShape(name, tensor.shape);
      return { name, dtype, shape, ...(size === undefined ? {} : { size }) };
    }),
    outputs,
    ops: [...state.ops],
    report: {
      opset: builder.opset,
      irVersion: numberOf(decodeModel(bytes).irVersion, 'exportModel'),
      sizeBytes: bytes.length,
      weightBytes: state.weightBytes,
      inputs: named.map(({ name, tensor }) => ({
        name,
        dtype: known.get(tensor.id)!.dtype,
        shape: inputShape(name, tensor.shape),
      })),
      outputs: outputReports,
      layers: walk.layers,
      customOps: [...state.ops].map(({ label }) => label),
      warnings: state.warnings,
    },
  };
};
