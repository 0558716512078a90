// Every layer with an exporter: tfjs predict and onnxruntime agree at batch 1 and 3, and the nodes are the expected ones.

import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LayerRule } from '../../../ops/export.ts';
import { loadBackend, MaskedMean, tf } from '../../../src/train/index.ts';
import { classifier, exported, oneLayer } from './models.ts';

beforeAll(async () => {
  await loadBackend({ prefer: 'cpu' });
});

/** The identity, with the mask x > 0. */
class PositiveMask extends tf.layers.Layer {
  static readonly className = 'PositiveMask';
  override supportsMasking = true;
  override computeMask(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.greater([inputs].flat()[0]!, 0);
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.clone([inputs].flat()[0]!);
  }
}

const mask: LayerRule = (layer) => ({
  value: layer.input.value,
  mask: layer.op('Greater', [layer.input.value, layer.scalar('float32', 0)]),
});

type Case = readonly [
  name: string,
  layer: () => tf.layers.Layer,
  shape: (number | null)[],
  nodes: readonly string[],
];

const cases: readonly Case[] = [
  ['Dense on rank 2 is a Gemm', () => tf.layers.dense({ units: 4 }), [5], ['Gemm']],
  [
    'Dense without a bias is a MatMul',
    () => tf.layers.dense({ units: 4, useBias: false }),
    [5],
    ['MatMul'],
  ],
  ['Dense on rank 3', () => tf.layers.dense({ units: 4 }), [3, 5], ['MatMul', 'Add']],
  [
    'Dense on rank 4 with an activation',
    () => tf.layers.dense({ units: 4, activation: 'tanh' }),
    [2, 3, 5],
    ['MatMul', 'Add', 'Tanh'],
  ],
  [
    'Dense with an open dimension',
    () => tf.layers.dense({ units: 4 }),
    [null, 5],
    ['MatMul', 'Add'],
  ],
  ['Flatten', () => tf.layers.flatten(), [2, 3, 4], ['Reshape']],
  [
    'Flatten of channels first',
    () => tf.layers.flatten({ dataFormat: 'channelsFirst' }),
    [2, 3, 4],
    ['Transpose', 'Reshape'],
  ],
  ['Reshape', () => tf.layers.reshape({ targetShape: [4, 6] }), [2, 3, 4], ['Reshape']],
  [
    'Reshape with an unknown dimension',
    () => tf.layers.reshape({ targetShape: [4, -1] }),
    [2, 3, 4],
    ['Reshape'],
  ],
  ['Softmax', () => tf.layers.softmax({ axis: -1 }), [3, 5], ['Softmax']],
  [
    'Softmax over two axes',
    () => tf.layers.softmax({ axis: [1, 2] }),
    [3, 5],
    ['ReduceLogSumExp', 'Sub', 'Exp'],
  ],
  ['GlobalAveragePooling1D', () => tf.layers.globalAveragePooling1d(), [4, 5], ['ReduceMean']],
  ['MaskedMean without a mask', () => new MaskedMean(), [4, 5], ['ReduceMean']],
];

describe('layers', () => {
  it.each(cases)('%s', async (_, layer, shape, nodes) => {
    const { report, types } = await exported(oneLayer(layer(), shape));
    expect(types).toEqual(nodes);
    expect(report.differences.map(({ batch }) => batch)).toEqual([1, 3]);
  });

  it('Embedding without a mask looks rows up', async () => {
    const layer = tf.layers.embedding({ inputDim: 9, outputDim: 4 });
    const { types } = await exported(oneLayer(layer, [6], 'int32'));
    expect(types).toEqual(['Gather']);
  });

  it('Embedding of float ids truncates them', async () => {
    const layer = tf.layers.embedding({ inputDim: 9, outputDim: 4 });
    const ids = tf.tensor2d([[0.9, 1.9, 8.2]]);
    const samples = (batch: number) => ({ x: ids.tile([batch, 1]) });
    const { types, report } = await exported(oneLayer(layer, [3]), { samples });
    expect(types).toEqual(['Cast', 'Gather']);
    expect(report.inputs[0]?.dtype).toBe('float32');
  });

  it.each(['dropout', 'gaussianNoise', 'gaussianDropout', 'alphaDropout'] as const)(
    '%s vanishes',
    async (kind) => {
      const noise =
        kind === 'gaussianNoise'
          ? tf.layers.gaussianNoise({ stddev: 1 })
          : tf.layers[kind]({ rate: 0.5 });
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: 4, inputShape: [5] }), noise, tf.layers.reLU()],
      });
      model.pop();
      model.add(tf.layers.activation({ activation: 'relu' }));
      const { types } = await exported(model);
      expect(types).toEqual(['Gemm', 'Relu']);
    },
  );

  it('SpatialDropout1D passes the mask on', async () => {
    const tokens = tf.input({ shape: [6], dtype: 'int32' });
    const embedded = tf.layers
      .embedding({ inputDim: 9, outputDim: 4, maskZero: true })
      .apply(tokens);
    const dropped = tf.layers.spatialDropout1d({ rate: 0.5 }).apply(embedded);
    const outputs = new MaskedMean().apply(dropped) as tf.SymbolicTensor;
    const { types } = await exported(tf.model({ inputs: tokens, outputs }));
    expect(types).toEqual(
      'Gather Equal Not Cast ReduceSum Max Div Unsqueeze MatMul Squeeze'.split(' '),
    );
  });

  it('adds -1e9 where the mask of a Softmax is false', async () => {
    const scores = tf.input({ shape: [5], name: 'scores' });
    const masked = new PositiveMask().apply(scores) as tf.SymbolicTensor;
    const softmax = tf.layers.softmax({ axis: -1 });
    const outputs = softmax.apply(masked) as tf.SymbolicTensor;
    const model = tf.model({ inputs: scores, outputs });
    const samples = (batch: number) => ({
      scores: tf.tensor2d([[1, -2, 3, 0, 2]]).tile([batch, 1]),
    });
    const { types, bytes } = await exported(model, { samples, exporters: { PositiveMask: mask } });
    expect(types).toEqual('Greater Cast Sub Mul Add Softmax'.split(' '));
    const session = await ort.InferenceSession.create(bytes);
    const feeds = { scores: new ort.Tensor('float32', [1, -2, 3, 0, 2], [1, 5]) };
    const [, second, , fourth] = (await session.run(feeds))[softmax.name]!.data;
    expect([second, fourth]).toEqual([0, 0]);
  });
});

describe('activations', () => {
  const names = (
    'linear relu relu6 elu selu sigmoid hardSigmoid softplus softsign tanh softmax ' +
    'logSoftmax gelu gelu_new mish swish'
  ).split(' ') as readonly Parameters<typeof tf.layers.activation>[0]['activation'][];

  it.each(names)('%s agrees in opset 17 and 21', async (activation) => {
    for (const opset of [17, 21]) {
      const dense = tf.layers.dense({ units: 5, activation });
      const { report } = await exported(oneLayer(dense, [5]), { opset });
      expect(report.differences).toHaveLength(2);
    }
  });

  it('names an activation it does not know', async () => {
    const layer = tf.layers.dense({ units: 5, name: 'odd' });
    const config = layer.getConfig();
    layer.getConfig = () => ({ ...config, activation: 'cubic' });
    await expect(exported(oneLayer(layer, [5]))).rejects.toThrow(
      /layer odd \(Dense\): activation must be one of linear, .*got "cubic"\. Hint: registerExporter\('Dense'/,
    );
  });
});

describe('SharMiX', () => {
  it.each([
    [{ q: 1.5, r: 1.7 }],
    [{ q: 1, r: 1 }],
    [{ q: 2, r: 2 }],
    [{ q: 1.3, r: 1.1 }],
    [{ q: 1.5, r: 2 - 1 / 1.5, temperature: 0.5 }],
    [{ q: 1.4, r: 1.9, coupling: 'entmax' as const }],
  ])('agrees in both sessions for %j', async (options) => {
    const { report } = await exported(classifier(options));
    expect(report.differences.map(({ session, batch }) => [session, batch])).toEqual([
      ['stock', 1],
      ['stock', 3],
      ['custom-ops', 1],
      ['custom-ops', 3],
    ]);
    for (const { absolute } of report.differences) expect(absolute).toBeLessThan(1e-5);
  });
});
