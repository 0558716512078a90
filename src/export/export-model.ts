// exportModel: a live tfjs model to ONNX, verified before it is returned.

import { ExportError, messageOf } from '../core/errors.ts';
import type { OrtModule } from '../runtime/index.ts';
import { loadOrtNode } from '../runtime/ort-node.ts';
import type { tf } from '../train/index.ts';
import { buildDraft, type Draft } from './build.ts';
import type { ExportOptions } from './options.ts';
import { inputPorts } from './ports.ts';
import { ruleLookup } from './registry.ts';
import type { Difference, ExportReport } from './report.ts';
import type { LayerRules } from './rule.ts';
import { verify } from './verify.ts';
import { readWeights } from './weights.ts';

/** An exported model. */
export interface ExportedModel {
  readonly bytes: Uint8Array;
  readonly report: ExportReport;
}

/** Exports a model. */
export type ExportModel = (
  model: tf.LayersModel,
  options?: ExportOptions,
) => Promise<ExportedModel>;

const defaultOrt = async (): Promise<OrtModule> => {
  try {
    return await loadOrtNode();
  } catch (error) {
    throw new ExportError({
      where: 'exportModel',
      what: 'options.ort',
      rule: 'must be an onnxruntime to verify the model with',
      actual: messageOf(error),
      hint: 'install onnxruntime-node, pass another one, or turn verification off with verify: false',
      cause: error,
    });
  }
};

/** Outputs that show every layer of a model that was called once and has one output, in the order of the walk. */
const layerOutputs = (model: tf.LayersModel, draft: Draft): Record<string, tf.SymbolicTensor> => {
  const inputs = new Set(model.inputs);
  const outputs: Record<string, tf.SymbolicTensor> = {};
  for (const { name } of draft.report.layers) {
    const layer = model.layers.find((candidate) => candidate.name === name);
    const tensors = layer?.inboundNodes.flatMap((call) => call.outputTensors) ?? [];
    if (tensors.length === 1 && !inputs.has(tensors[0]!)) outputs[name] = tensors[0]!;
  }
  for (const { name, tensor } of draft.outputs) outputs[name] ??= tensor;
  return outputs;
};

/** An `exportModel` that knows the layers of operators beside tfjs's own.
 * @param defaults - Exporters by class name; registered ones and those of a call go before them. */
export const withExporters =
  (defaults: LayerRules): ExportModel =>
  async (model, options = {}) => {
    inputPorts(model, options);
    const weights = await readWeights(model);
    const ruleOf = ruleLookup(options.exporters ?? {}, defaults);
    const draft = buildDraft(model, weights, ruleOf, options);
    let differences: readonly Difference[] = [];
    if (options.verify !== false) {
      const ort = options.ort ?? (await defaultOrt());
      differences = await verify(ort, draft, model, options, () =>
        buildDraft(model, weights, ruleOf, { ...options, outputs: layerOutputs(model, draft) }),
      );
    }
    return { bytes: draft.bytes, report: { ...draft.report, differences } };
  };
