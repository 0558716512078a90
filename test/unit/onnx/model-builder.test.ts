// ModelBuilder: models that stock onnxruntime runs, names, signatures, versions, deterministic bytes, errors.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { decodeModel, inspectModel, ModelBuilder, numberOf } from '../../../src/onnx/index.ts';
import { tensor } from '../../../src/schema/index.ts';
import { bodiless, scale } from './scale-op.ts';

const f32 = (...values: number[]): Float32Array => Float32Array.from(values);

/** A dense layer and a custom node behind it. */
const build = (opset = 17): Uint8Array => {
  const model = new ModelBuilder({ opset, producerName: 'test', graphName: 'dense' });
  const x = model.input('x', 'float32', ['N', 2]);
  const kernel = model.initializer('dense/kernel', tensor('float32', f32(1, 2, 3, 4), [2, 2]));
  const bias = model.initializer('dense/bias', tensor('float32', f32(10, 20), [2]));
  const dense = model.op('Gemm', [x, kernel, bias], {}, { name: 'dense', outputs: ['logits'] });
  model.valueInfo(dense, 'float32', ['N', 2]);
  const { y } = model.customOp(scale, { x: dense }, { factor: 3 }, { name: 'head' });
  model.output(y!, 'y', 'float32', ['N', 2]);
  model.output(dense, 'logits', 'float32', ['N', 2]);
  model.metadata('labels', '["a","b"]');
  return model.build();
};

describe('ModelBuilder', () => {
  it('builds a model that stock onnxruntime runs', async () => {
    const session = await InferenceSession.create(build());
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['y', 'logits']]);
    const { y, logits } = await session.run({ x: new Tensor('float32', f32(1, 1), [1, 2]) });
    expect(logits!.data).toEqual(f32(14, 26));
    expect(y!.data).toEqual(f32(42, 78));
  });

  it('gives the same bytes for the same calls', () => {
    expect(build()).toEqual(build());
  });

  it('keeps chosen names of nodes, values and weights, and the metadata', () => {
    const { graph, metadataProps } = decodeModel(build());
    expect(graph?.node?.map(({ name, output }) => [name, output?.[0]])).toEqual([
      ['dense', 'logits'],
      ['head', 'scale_1'],
      ['y', 'y'],
    ]);
    expect(graph?.initializer?.map(({ name }) => name)).toEqual(['dense/kernel', 'dense/bias']);
    expect(metadataProps.map(({ key, value }) => [key, value])).toEqual([['labels', '["a","b"]']]);
  });

  it('writes every attribute on a custom node, defaults too', () => {
    const node = decodeModel(build()).graph?.node?.find(({ name }) => name === 'head');
    expect(node?.attribute?.map(({ name }) => name)).toEqual(['factor', 'mode']);
  });

  it('writes an output that needs another name through Identity, and one that has it as it is', () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [1]);
    model.output(model.op('Neg', [x], {}, { outputs: ['y'] }), 'y', 'float32', [1]);
    model.output(x, 'copy', 'float32', [1]);
    expect(inspectModel(model.build()).operators).toEqual({ Neg: 1, Identity: 1 });
  });

  it('shares equal constants, and tells -0 from 0 and types apart', () => {
    const model = new ModelBuilder();
    const values = [
      model.scalar('float32', 0),
      model.scalar('float32', 0),
      model.scalar('float32', -0),
      model.scalar('int64', 0),
    ].map(({ name }) => name);
    expect(new Set(values).size).toBe(3);
    expect(values[0]).toBe(values[1]);
  });

  it.each([
    [13, 8],
    [17, 8],
    [19, 9],
    [21, 10],
    [23, 11],
    [26, 13],
  ])('gives opset %i with a function IR version %i', (opset, irVersion) => {
    expect(numberOf(decodeModel(build(opset)).irVersion, 'model')).toBe(irVersion);
  });

  it('keeps the absent optional input before a present one as an empty name', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [2]);
    const c = model.input('c', 'float32', []);
    model.output(model.customOp(scale, { x, c })['y']!, 'y', 'float32', [2]);
    const bytes = model.build();
    expect(decodeModel(bytes).graph?.node?.[0]?.input).toEqual(['x', '', 'c']);
    const session = await InferenceSession.create(bytes);
    const { y } = await session.run({
      x: new Tensor('float32', f32(1, 2), [2]),
      c: new Tensor('float32', f32(10), []),
    });
    expect(y!.data).toEqual(f32(12, 14));
  });

  it('names the first signature by the type and further ones apart; a value keeps its node', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [1]);
    const call = (name: string, attributes: Record<string, unknown>): void => {
      model.output(model.customOp(scale, { x }, attributes)['y']!, name, 'float32', [1]);
    };
    call('plain', {});
    call('negated', { mode: 'negated' });
    call('threefold', { factor: 3 });
    const bytes = model.build();
    const { graph, functions } = decodeModel(bytes);
    expect(functions.map(({ name }) => name)).toEqual(['Scale', 'Scale__float32_negated']);
    expect(
      graph?.node?.filter(({ domain }) => domain === 'com.example').map(({ opType }) => opType),
    ).toEqual(['Scale', 'Scale__float32_negated', 'Scale']);
    const session = await InferenceSession.create(bytes);
    const result = await session.run({ x: new Tensor('float32', f32(5), [1]) });
    expect(['plain', 'negated', 'threefold'].map((name) => result[name]!.data[0])).toEqual([
      10, -10, 15,
    ]);
  });

  it('leaves the body out where asked, and then needs no element type', () => {
    const model = new ModelBuilder();
    const x = model.op('Neg', [model.input('x', 'float32', [1])]);
    const { y } = model.customOp(bodiless, { x }, {}, { functionBody: false });
    model.output(y!, 'y', 'float32', [1]);
    expect(decodeModel(model.build()).functions).toEqual([]);
  });
});

describe('ModelBuilder, errors', () => {
  const model = (): ModelBuilder => new ModelBuilder();

  it.each<[string, () => unknown, RegExp]>([
    [
      'an opset it does not write',
      () => new ModelBuilder({ opset: 12 }),
      /opset must be an integer in \[13, 26\], got 12/,
    ],
    [
      'a name used twice',
      () => {
        const m = model();
        m.input('x', 'float32', [1]);
        m.initializer('x', tensor('float32', f32(1), [1]));
      },
      /initializer: the name "x" must be unique/,
    ],
    ['a model without output', () => model().build(), /the graph must have an output/],
    [
      'an IR version too low',
      () => {
        const m = new ModelBuilder({ irVersion: 7 });
        m.output(m.customOp(scale, { x: m.input('x', 'float32', [1]) })['y']!, 'y', 'float32', [1]);
        m.build();
      },
      /irVersion must be at least 8 for opset 17 with functions, got 7/,
    ],
    [
      'an element type it cannot know',
      () => {
        const m = model();
        m.customOp(scale, { x: m.op('Neg', [m.input('x', 'float32', [1])]) });
      },
      /com\.example@1::Scale: the element type T must be known.*valueInfo/,
    ],
    [
      'an element type the operator lacks',
      () => {
        const m = model();
        m.customOp(scale, { x: m.input('x', 'int32', [1]) });
      },
      /type T must be float32 \| float64, got int32/,
    ],
    [
      'a missing input',
      () => model().customOp(scale, {}, {}, { types: { T: 'float32' } }),
      /input x is required/,
    ],
    [
      'an input the schema lacks',
      () => {
        const m = model();
        const x = m.input('x', 'float32', [1]);
        m.customOp(scale, { x, z: x });
      },
      /input z is not in the schema/,
    ],
    [
      'an attribute the schema lacks',
      () => {
        const m = model();
        m.customOp(scale, { x: m.input('x', 'float32', [1]) }, { speed: 1 });
      },
      /attribute speed is not in the schema/,
    ],
    [
      'an operator without body',
      () => {
        const m = model();
        m.customOp(bodiless, { x: m.input('x', 'float32', [1]) });
      },
      /function body is needed.*missing: tested without/,
    ],
    [
      'a reference to an attribute outside a function',
      () => model().attribute('axis'),
      /only in a function body/,
    ],
  ])('refuses %s', (_what, act, message) => {
    expect(act).toThrow(message);
  });
});
