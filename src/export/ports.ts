// Which tensors of a tfjs model become inputs and outputs of the ONNX model, and under which names.

import { ExportError } from '../core/errors.ts';
import type { tf } from '../train/index.ts';
import type { ExportOptions } from './options.ts';

/** A tfjs tensor and its name in the ONNX model. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: tf.SymbolicTensor;
}

const where = 'exportModel';

const outputOfLayer = (model: tf.LayersModel, name: string): tf.SymbolicTensor => {
  const layer = model.layers.find((candidate) => candidate.name === name);
  const outputs = model.outputs.filter(({ sourceLayer }) => sourceLayer === layer);
  // A layer that is an output of the model is shown by that call; else it must have been called once.
  const tensors =
    outputs.length === 1 ? outputs : layer?.inboundNodes.flatMap((call) => call.outputTensors);
  if (tensors?.length === 1) return tensors[0]!;
  throw new ExportError({
    where,
    what: `the output ${name}`,
    rule:
      tensors === undefined
        ? 'must be the name of a layer of the model'
        : 'must be the name of a layer with one output, called once',
    actual:
      tensors === undefined
        ? `layers ${model.layers.map((candidate) => candidate.name).join(', ')}`
        : `${tensors.length} tensors`,
    ...(tensors === undefined ? {} : { hint: 'give the tensor: outputs: { name: tensor }' }),
  });
};

const unique = (ports: readonly NamedTensor[], what: string): readonly NamedTensor[] => {
  const names = new Set<string>();
  for (const { name } of ports) {
    if (name !== '' && !names.has(name)) {
      names.add(name);
      continue;
    }
    throw new ExportError({
      where,
      what: `the name ${JSON.stringify(name)} of an ${what}`,
      rule: name === '' ? 'must not be empty' : 'must be unique',
      hint: `options.${what === 'input' ? 'inputNames' : 'outputs'} gives names`,
    });
  }
  return ports;
};

/** The inputs of a model.
 * @throws {ExportError} The model is not built; a name is taken twice, or belongs to no input. */
export const inputPorts = (
  model: tf.LayersModel,
  options: ExportOptions,
): readonly NamedTensor[] => {
  const inputs = model.inputs as readonly tf.SymbolicTensor[] | undefined;
  if (inputs === undefined || inputs.length === 0) {
    throw new ExportError({
      where,
      what: `the model ${model.name}`,
      rule: 'must be built',
      hint: 'give its first layer an inputShape',
    });
  }
  const names = options.inputNames ?? {};
  for (const name of Object.keys(names)) {
    if (inputs.some(({ sourceLayer }) => sourceLayer.name === name)) continue;
    throw new ExportError({
      where,
      what: `inputNames.${name}`,
      rule: 'must name an input layer of the model',
      actual: `inputs ${inputs.map(({ sourceLayer }) => sourceLayer.name).join(', ')}`,
    });
  }
  return unique(
    inputs.map((tensor) => {
      const { name } = tensor.sourceLayer;
      return { name: names[name] ?? name, tensor };
    }),
    'input',
  );
};

/** The outputs of the model after their layers; a second one of the same layer is `dense@1`. */
const modelOutputs = (model: tf.LayersModel): readonly NamedTensor[] => {
  const calls = new Map<string, number>();
  return model.outputs.map((tensor) => {
    const { sourceLayer, tensorIndex } = tensor;
    const name = `${sourceLayer.name}${tensorIndex === 0 ? '' : `:${tensorIndex}`}`;
    const call = calls.get(name) ?? 0;
    calls.set(name, call + 1);
    return { name: call === 0 ? name : `${name}@${call}`, tensor };
  });
};

/** The outputs of a model.
 * @throws {ExportError} No such layer, or a name twice. */
export const outputPorts = (
  model: tf.LayersModel,
  { outputs }: ExportOptions,
): readonly NamedTensor[] => {
  if (outputs === undefined) return unique(modelOutputs(model), 'output');
  const entries: readonly (readonly [string, string | tf.SymbolicTensor])[] = Array.isArray(outputs)
    ? (outputs as readonly string[]).map((name) => [name, name] as const)
    : Object.entries(outputs as Readonly<Record<string, string | tf.SymbolicTensor>>);
  if (entries.length === 0) {
    throw new ExportError({ where, what: 'outputs', rule: 'must not be empty' });
  }
  return unique(
    entries.map(([name, target]) => ({
      name,
      tensor: typeof target === 'string' ? outputOfLayer(model, target) : target,
    })),
    'output',
  );
};
