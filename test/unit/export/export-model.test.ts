// exportModel: names, outputs, versions, metadata, bytes, shared and nested layers, exporters of users.

import * as ort from 'onnxruntime-node';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exportModel, registerExporter, type LayerRule } from '../../../ops/export.ts';
import { ExportError } from '../../../src/core/errors.ts';
import { checkModel } from '../../../src/onnx/index.ts';
import { loadBackend, tf } from '../../../src/train/index.ts';
import { classifier, Doubled, exported, oneLayer, randomise, times } from './models.ts';

beforeAll(async () => {
  await loadBackend({ prefer: 'cpu' });
});

const both = { outputs: ['probabilities', 'logits'] } as const;

describe('the exported classifier', () => {
  it('names inputs, outputs, initialisers and nodes after the layers', async () => {
    const { graph, report } = await exported(classifier(), both);
    expect(graph.input?.map(({ name }) => name)).toEqual(['tokens']);
    expect(graph.output?.map(({ name }) => name)).toEqual(['probabilities', 'logits']);
    expect(graph.initializer?.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'embedding/embeddings',
        'logits/kernel',
        'logits/bias',
        'probabilities/q',
        'probabilities/r',
      ]),
    );
    expect(graph.node?.map(({ name }) => name)).toEqual([
      'embedding/Gather',
      'embedding/Equal',
      'embedding/Not',
      'mean/Cast',
      'mean/ReduceSum',
      'mean/Max',
      'mean/Div',
      'mean/Unsqueeze',
      'mean/MatMul',
      'mean/Squeeze',
      'logits/Gemm',
      'probabilities/SharMiX',
    ]);
    expect(graph.node?.at(-1)?.output).toEqual(['probabilities']);
    expect(graph.valueInfo?.map(({ name }) => name)).toEqual(['embedding', 'mean']);
    expect(report.layers.map(({ className }) => className)).toEqual([
      'Embedding',
      'MaskedMean',
      'Dense',
      'SharMiX',
    ]);
    expect(report.customOps).toEqual(['ai.sharmix@1::SharMiX']);
  });

  it('has a dynamic batch N and the element types of tfjs', async () => {
    const { graph, report } = await exported(classifier(), both);
    expect(report.inputs).toEqual([{ name: 'tokens', dtype: 'int32', shape: ['N', 6] }]);
    expect(report.outputs).toEqual([
      { name: 'probabilities', dtype: 'float32', shape: ['N', 3] },
      { name: 'logits', dtype: 'float32', shape: ['N', 3] },
    ]);
    const [batch] = graph.input?.[0]?.type?.tensorType?.shape?.dim ?? [];
    expect(batch?.dimParam).toBe('N');
  });

  it('is opset 17 and IR 8 by default, with the custom domain and the function body', async () => {
    const { proto, report, bytes } = await exported(classifier());
    expect([report.opset, report.irVersion]).toEqual([17, 8]);
    expect(proto.opsetImport?.map(({ domain }) => domain)).toEqual(['', 'ai.sharmix']);
    expect(proto.functions?.map(({ name }) => name)).toEqual(['SharMiX']);
    expect(checkModel(bytes)).toEqual([]);
  });

  it('carries metadata', async () => {
    const { proto } = await exported(classifier(), { metadata: { a: '1', b: 'ß' } });
    expect(proto.metadataProps?.map(({ key, value }) => [key, value])).toEqual([
      ['a', '1'],
      ['b', 'ß'],
    ]);
  });

  it('gives the same bytes for the same model', async () => {
    const model = classifier();
    const first = await exported(model, both);
    const second = await exported(model, both);
    expect(Buffer.compare(first.bytes, second.bytes)).toBe(0);
  });

  it.each([13, 14, 15, 16, 17, 18, 19, 20, 21, 26])('agrees in opset %i', async (opset) => {
    const { report, bytes } = await exported(classifier(), { ...both, opset });
    expect(report.opset).toBe(opset);
    expect(report.differences).toHaveLength(8);
    expect(checkModel(bytes)).toEqual([]);
  });

  it('has no more than IR 7 where no function body asks for 8', async () => {
    const { report } = await exported(oneLayer(tf.layers.dense({ units: 2 }), [3]), { opset: 13 });
    expect(report.irVersion).toBe(7);
  });

  it('leaves no tensor behind', async () => {
    const model = classifier();
    await exported(model, both);
    const before = tf.memory().numTensors;
    await exported(model, both);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('outputs and inputs', () => {
  it('takes new names', async () => {
    const { graph } = await exported(classifier(), {
      outputs: { p: 'probabilities', z: 'logits' },
      inputNames: { tokens: 'ids' },
    });
    expect(graph.output?.map(({ name }) => name)).toEqual(['p', 'z']);
    expect(graph.input?.[0]?.name).toBe('ids');
    expect(graph.node?.map(({ opType }) => opType)).not.toContain('Identity');
  });

  it('names a layer that is not there', async () => {
    await expect(exported(classifier(), { outputs: ['logit'] })).rejects.toThrow(
      'the output logit must be the name of a layer of the model, got layers tokens, embedding, mean, logits, probabilities',
    );
  });

  it('refuses an input name that belongs to no input', async () => {
    await expect(exported(classifier(), { inputNames: { token: 'x' } })).rejects.toThrow(
      'inputNames.token must name an input layer of the model, got inputs tokens',
    );
  });

  it('lets a layer have the name that another output is given', async () => {
    const { graph } = await exported(classifier(), { outputs: { mean: 'probabilities' } });
    expect(graph.output?.map(({ name }) => name)).toEqual(['mean']);
    expect(graph.node?.at(-1)?.output).toEqual(['mean']);
  });
});

describe('graphs of layers', () => {
  it('writes a shared layer twice with one set of weights', async () => {
    const a = tf.input({ shape: [4], name: 'a' });
    const b = tf.input({ shape: [4], name: 'b' });
    const shared = tf.layers.dense({ units: 3, name: 'shared' });
    const outputs = [shared.apply(a), shared.apply(b)] as tf.SymbolicTensor[];
    const { graph, report } = await exported(randomise(tf.model({ inputs: [a, b], outputs })));
    expect(graph.node?.map(({ opType }) => opType)).toEqual(['Gemm', 'Gemm']);
    expect(graph.initializer).toHaveLength(2);
    expect(report.outputs.map(({ name }) => name)).toEqual(['shared', 'shared@1']);
  });

  it('writes a nested model, its layers named after it', async () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [
        tf.layers.dense({ units: 4, inputShape: [5], activation: 'relu', name: 'first' }),
        tf.layers.dense({ units: 2, name: 'second' }),
      ],
    });
    const x = tf.input({ shape: [5], name: 'x' });
    const twice = inner.apply(x) as tf.SymbolicTensor;
    const { graph } = await exported(randomise(tf.model({ inputs: x, outputs: twice })));
    expect(graph.initializer?.map(({ name }) => name)).toEqual([
      'inner/first/kernel',
      'inner/first/bias',
      'inner/second/kernel',
      'inner/second/bias',
    ]);
    expect(graph.output?.[0]?.name).toBe('inner');
  });

  it('exports a Sequential with dropout at its end', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, inputShape: [5] }),
        tf.layers.dropout({ rate: 0.5, name: 'end' }),
      ],
    });
    const { report } = await exported(randomise(model));
    expect(report.outputs[0]?.name).toBe('end');
    expect(report.layers[1]).toEqual({ name: 'end', className: 'Dropout', nodes: [] });
  });

  it('exports a model deeper than the call stack', async () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ units: 1, inputShape: [1], useBias: false }));
    for (let i = 0; i < 300; i++) model.add(tf.layers.activation({ activation: 'tanh' }));
    const { report } = await exported(model, { verify: false });
    expect(report.layers).toHaveLength(301);
  });

  it('refuses a model that is not built', async () => {
    await expect(exportModel(tf.sequential(), { ort })).rejects.toThrow(
      /must be built. Hint: give its first/,
    );
  });
});

describe('exporters of users', () => {
  afterEach(() => registerExporter('Doubled', times(2)));

  it('names layer, class and hook of an unknown layer', async () => {
    const model = oneLayer(new Doubled({ name: 'twice' }), [3]);
    const error = await exported(model).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExportError);
    expect(String(error)).toContain(
      "layer twice (Doubled): the class Doubled has no exporter. Hint: registerExporter('Doubled', ",
    );
  });

  it('uses a registered one', async () => {
    registerExporter('Doubled', times(2));
    const { types } = await exported(oneLayer(new Doubled(), [3]));
    expect(types).toEqual(['Mul']);
  });

  it('prefers the one of the call', async () => {
    registerExporter('Doubled', times(3));
    const exporters = { Doubled: times(2) };
    const { report } = await exported(oneLayer(new Doubled(), [3]), { exporters });
    expect(report.differences).toHaveLength(2);
  });

  it('lets a rule take over one of the own layers', async () => {
    const exporters = { Dropout: times(1) };
    const { types } = await exported(oneLayer(tf.layers.dropout({ rate: 0.5 }), [3]), {
      exporters,
    });
    expect(types).toEqual(['Mul']);
  });

  it('refuses a rule that gives too few outputs', async () => {
    const exporters = { Doubled: () => [] };
    await expect(exported(oneLayer(new Doubled(), [3]), { exporters })).rejects.toThrow(
      'the number of outputs of its exporter must be 1, got 0',
    );
  });

  it('names the weights there are when one is missing', async () => {
    const exporters = {
      Dense: (layer: Parameters<LayerRule>[0]) => ({ value: layer.weight('w') }),
    };
    await expect(
      exported(oneLayer(tf.layers.dense({ units: 2, name: 'd' }), [3]), { exporters }),
    ).rejects.toThrow(
      'layer d (Dense): weight w must be among the weights of the layer, got kernel, bias',
    );
  });
});
