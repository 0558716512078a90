// Small tfjs models with seeded weights for the tests of the exporter, and helpers around an export.

import * as ort from 'onnxruntime-node';
import { decodeModel } from '../../../src/onnx/index.ts';
import { tf } from '../../../src/train/index.ts';
import { exportModel, type ExportOptions, type LayerRule } from '../../../ops/export.ts';
import { SharMiX, type SharMiXOptions } from '../../../ops/train.ts';
import { MaskedMean } from '../../../src/train/index.ts';

/** Gives every weight seeded normal values, q and r excepted. */
export const randomise = (model: tf.LayersModel, seed = 1): tf.LayersModel => {
  model.weights.forEach((weight, i) => {
    if (weight.shape.length === 0) return;
    const value = tf.randomNormal(weight.shape as number[], 0, 1, 'float32', seed + i);
    weight.write(value);
    value.dispose();
  });
  return model;
};

/** y = 2 x. It has no exporter of its own. */
export class Doubled extends tf.layers.Layer {
  static readonly className = 'Doubled';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0]!, 2);
  }
}

/** A rule that multiplies by a factor. */
export const times =
  (factor: number): LayerRule =>
  (layer) => ({ value: layer.op('Mul', [layer.float(), layer.scalar('float32', factor)]) });

/** A model that is one layer on an input of `shape`. */
export const oneLayer = (
  layer: tf.layers.Layer,
  shape: (number | null)[],
  dtype: 'float32' | 'int32' = 'float32',
): tf.LayersModel => {
  const input = tf.input({ shape, dtype, name: 'x' });
  const outputs = layer.apply(input) as tf.SymbolicTensor;
  return randomise(tf.model({ inputs: input, outputs }));
};

/** Tokens [N, 6], embedding 8, masked mean, three logits, SharMiX. */
export const classifier = (options: SharMiXOptions = {}): tf.LayersModel => {
  const tokens = tf.input({ shape: [6], dtype: 'int32', name: 'tokens' });
  const embedding = tf.layers.embedding({
    inputDim: 40,
    outputDim: 8,
    maskZero: true,
    name: 'embedding',
  });
  const mean = new MaskedMean({ name: 'mean' }).apply(embedding.apply(tokens));
  const logits = tf.layers.dense({ units: 3, name: 'logits' }).apply(mean);
  const head = new SharMiX({ name: 'probabilities', ...options });
  const outputs = head.apply(logits) as tf.SymbolicTensor;
  return randomise(tf.model({ inputs: tokens, outputs }));
};

/** The nodes of an exported model by type, and the decoded model. */
export const exported = async (model: tf.LayersModel, options: ExportOptions = {}) => {
  const { bytes, report } = await exportModel(model, { ort, ...options });
  const proto = decodeModel(bytes, 'test');
  const graph = proto.graph!;
  return { bytes, report, proto, graph, types: (graph.node ?? []).map(({ opType }) => opType) };
};
