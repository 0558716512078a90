// The walk over a model's layers: from the outputs back through the calls of layers, each exported once by its rule.

import type { DType } from '../core/dtype.ts';
import { ExportError } from '../core/errors.ts';
import type { tf } from '../train/index.ts';
import { modelDims, type GraphState } from './graph-state.ts';
import { LayerGraph, layerLabel } from './layer-graph.ts';
import { renameValue } from './naming.ts';
import type { LayerReport } from './report.ts';
import type { LayerRule } from './rule.ts';
import type { LayerOutput, LayerValue } from './values.ts';

/** Rule of a class, or undefined. */
export type RuleLookup = (className: string) => LayerRule | undefined;

type Layer = tf.layers.Layer;
type Call = Layer['inboundNodes'][number];

/** A layer that is a model: its inputs and outputs are tensors of its own graph. */
type Container = Layer & Pick<tf.LayersModel, 'inputs' | 'outputs'>;

const isContainer = (layer: Layer): layer is Container =>
  'inputs' in layer && 'outputs' in layer && 'inputLayers' in layer;

/** A tfjs element type in ONNX.
 * @throws {ExportError} It has none here. */
export const dtypeOfTf = (dtype: string, where: string): DType => {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new ExportError({
    where,
    what: 'the element type',
    rule: 'must be float32, int32 or bool',
    actual: dtype,
  });
};

/** Exports the layers of a model. */
export class Walk {
  readonly #state: GraphState;
  readonly #ruleOf: RuleLookup;
  /** Names of the model's outputs by the id of the tfjs tensor. */
  readonly #outputNames: ReadonlyMap<number, string>;
  /** How often each layer was exported. */
  readonly #calls = new Map<string, number>();
  readonly #layers: LayerReport[] = [];

  constructor(state: GraphState, ruleOf: RuleLookup, outputNames: ReadonlyMap<number, string>) {
    this.#state = state;
    this.#ruleOf = ruleOf;
    this.#outputNames = outputNames;
  }

  /** The layers exported so far, in order. */
  get layers(): readonly LayerReport[] {
    return this.#layers;
  }

  /** Values of `outputs`, given those of the inputs by the id of their tfjs tensor.
   * @param prefix - `encoder/` within a nested model. */
  run(
    outputs: readonly tf.SymbolicTensor[],
    known: Map<number, LayerValue>,
    prefix = '',
  ): readonly LayerValue[] {
    // Depth first with a stack of our own: a model may be deeper than the call stack.
    const stack = outputs.toReversed();
    while (stack.length > 0) {
      const wanted = stack.at(-1)!;
      if (known.has(wanted.id)) {
        stack.pop();
        continue;
      }
      const call = this.#callOf(wanted, prefix);
      const open = call.inputTensors.filter((input) => !known.has(input.id));
      if (open.length > 0) {
        stack.push(...open.toReversed());
        continue;
      }
      const inputs = call.inputTensors.map((input) => known.get(input.id)!);
      const values = this.#export(call, inputs, prefix);
      call.outputTensors.forEach((output, i) => known.set(output.id, values[i]!));
      stack.pop();
    }
    return outputs.map((output) => known.get(output.id)!);
  }

  #callOf(wanted: tf.SymbolicTensor, prefix: string): Call {
    const { sourceLayer: layer, nodeIndex } = wanted;
    const call = layer.inboundNodes[nodeIndex];
    if (call !== undefined && call.inputTensors.length > 0 && wanted.inputs.length > 0) return call;
    throw new ExportError({
      where: layerLabel(prefix + layer.name, layer),
      what: 'the layer',
      rule: 'must be reachable from the inputs of the model',
    });
  }

  #export(call: Call, inputs: readonly LayerValue[], prefix: string): readonly LayerValue[] {
    const layer = call.outboundLayer;
    const path = prefix + layer.name;
    const rule = this.#ruleOf(layer.getClassName());
    if (rule === undefined && isContainer(layer)) return this.#nested(layer, path, inputs);
    if (rule === undefined) throw this.#unknown(layer, path);
    const graph = new LayerGraph(this.#state, layer, path, inputs);
    const before = this.#state.builder.nodes.length;
    const outputs = [rule(graph)].flat() as readonly LayerOutput[];
    const values = this.#finish(call, graph, before, outputs);
    this.#layers.push({
      name: path,
      className: layer.getClassName(),
      nodes: this.#state.builder.nodes.slice(before).map(({ opType }) => opType ?? ''),
    });
    return values;
  }

  #nested(layer: Container, path: string, inputs: readonly LayerValue[]): readonly LayerValue[] {
    const known = new Map(layer.inputs.map((input, i) => [input.id, inputs[i]!]));
    return this.run(layer.outputs, known, `${path}/`);
  }

  #unknown(layer: Layer, path: string): ExportError {
    const className = layer.getClassName();
    return new ExportError({
      where: layerLabel(path, layer),
      what: `the class ${className}`,
      rule: 'has no exporter',
      hint: `registerExporter('${className}', (layer) => ({ value: layer.op(...) })) of sharmix/export adds one`,
    });
  }

  /** Names the values after the layer, declares them and gives them what tfjs knows of them. */
  #finish(
    call: Call,
    graph: LayerGraph,
    before: number,
    outputs: readonly LayerOutput[],
  ): readonly LayerValue[] {
    if (outputs.length !== call.outputTensors.length) {
      graph.fail({
        what: 'the number of outputs of its exporter',
        rule: `must be ${call.outputTensors.length}`,
        actual: String(outputs.length),
      });
    }
    const nodes = this.#state.builder.nodes.slice(before);
    const index = this.#calls.get(graph.path) ?? 0;
    this.#calls.set(graph.path, index + 1);
    const passed = graph.layer.supportsMasking ? graph.inputs[0]?.mask : undefined;
    return outputs.map((output, i) => {
      const symbolic = call.outputTensors[i]!;
      const name = this.#valueName(symbolic, graph.path, index, i);
      const isMade = renameValue(nodes, output.value.name, name);
      if (isMade) this.#state.builder.names.take(name, graph.label);
      const value: LayerValue = {
        value: isMade ? { name } : output.value,
        dtype: output.dtype ?? dtypeOfTf(symbolic.dtype, graph.label),
        shape: symbolic.shape,
        mask: output.mask === undefined ? passed : (output.mask ?? undefined),
      };
      this.#state.know(value);
      if (isMade && !this.#outputNames.has(symbolic.id)) {
        this.#state.builder.valueInfo(value.value, value.dtype, modelDims(value.shape));
      }
      return value;
    });
  }

  #valueName(symbolic: tf.SymbolicTensor, path: string, call: number, output: number): string {
    const chosen = this.#outputNames.get(symbolic.id);
    if (chosen !== undefined && !this.#state.builder.names.has(chosen)) return chosen;
    const suffix = `${call === 0 ? '' : `@${call}`}${output === 0 ? '' : `:${output}`}`;
    const name = path + suffix;
    const isKept = [...this.#outputNames.values()].includes(name);
    return this.#state.unique(isKept ? `${name}/output` : name);
  }
}
