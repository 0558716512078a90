// Models with custom nodes anywhere in the main graph, in onnxruntime-node and in WebAssembly.

import type { InferenceSession } from 'onnxruntime-common';
import { describe, expect, it } from 'vitest';
import { ModelBuilder, onnx } from '../../../src/onnx/index.ts';
import { sessionInfo, type OrtModule } from '../../../src/runtime/index.ts';
import { copies, custom } from './copies.ts';
import { floats, sandwich } from './models.ts';
import { affine, total } from './operators.ts';

const T = { T: 'float32' } as const;
const bare = { functionBody: false } as const;

const numbers = (results: InferenceSession.OnnxValueMapType, name: string): number[] =>
  Array.from(results[name]!.data as Float32Array, Number);

describe.each(copies)('%s', (_, ort: OrtModule) => {
  const create = (bytes: Uint8Array): Promise<InferenceSession> =>
    ort.InferenceSession.create(bytes, custom);
  const tensorOf = (values: number[], dims: number[] = [values.length]) =>
    new ort.Tensor('float32', Float32Array.from(values), dims);

  it('runs a custom node between two segments, and gives its input as an output too', async () => {
    const session = await create(sandwich());
    const results = await session.run({ x: tensorOf([1, 1, 0, 2], [2, 2]) });
    expect(numbers(results, 'h')).toEqual([4, 6, 6, 8]);
    expect(numbers(results, 'y')).toEqual([2, 8, 8, 14]);
    const { segments, kernels, readbacks } = sessionInfo(session);
    expect(segments).toEqual([
      { nodes: 1, inputs: ['x'], outputs: ['h'] },
      { nodes: 1, inputs: ['affine_1'], outputs: ['y'] },
    ]);
    expect(kernels).toEqual([{ node: 'middle', op: 'test.ops@1::Affine', form: 'js' }]);
    expect(readbacks).toBe(0);
    await session.release();
  });

  it('tells names and metadata as onnxruntime does', async () => {
    const stock = await ort.InferenceSession.create(sandwich({}, true));
    const session = await create(sandwich({}, true));
    expect(session.inputNames).toEqual(stock.inputNames);
    expect(session.outputNames).toEqual(stock.outputNames);
    expect(session.inputMetadata).toEqual(stock.inputMetadata);
    expect(session.outputMetadata).toEqual(stock.outputMetadata);
    await Promise.all([stock.release(), session.release()]);
  });

  it('runs a model that is nothing but a custom node', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', ['N']);
    model.customOp(affine, { x }, { scale: 5 }, { ...bare, outputs: { y: 'y' } });
    model.output({ name: 'y' }, 'y', 'float32', ['N']);
    const session = await create(model.build());
    expect(sessionInfo(session).segments).toEqual([]);
    expect(numbers(await session.run({ x: tensorOf([1, 2]) }), 'y')).toEqual([5, 10]);
    expect((await session.run({ x: tensorOf([], [0]) }))['y']!.dims).toEqual([0]);
    await session.release();
  });

  it('runs custom nodes first, last, in parallel branches and feeding one another in two segments', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [2]);
    const first = model.customOp(affine, { x }, { scale: 2 }, { ...bare, name: 'first', types: T });
    const a = model.op('Neg', [first['y']]);
    const b = model.op('Abs', [x]);
    const left = model.customOp(affine, { x: a }, { scale: 3 }, { ...bare, types: T });
    const right = model.customOp(affine, { x: b }, { scale: 4 }, { ...bare, types: T });
    const again = model.customOp(affine, { x: right['y']! }, { scale: 10 }, { ...bare, types: T });
    const sum = model.op('Add', [left['y'], again['y']]);
    model.customOp(affine, { x: sum }, { scale: 1 }, { ...bare, types: T, outputs: { y: 'y' } });
    model.output({ name: 'y' }, 'y', 'float32', [2]);
    const session = await create(model.build());
    expect(sessionInfo(session).segments.length).toBe(2);
    expect(sessionInfo(session).kernels.length).toBe(5);
    // 3 * -(2x) + 10 * 4 * |x|
    expect(numbers(await session.run({ x: tensorOf([1, -1]) }), 'y')).toEqual([34, 46]);
    await session.release();
  });

  it('passes variadic inputs, several outputs of other types and shapes, and waits for asynchronous kernels', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [4]);
    const one = model.initializer('one', floats([1, 1, 1, 1]));
    const neg = model.op('Neg', [x]);
    const { sum, count } = model.customOp(
      total,
      { x: [x, neg, x, one] },
      {},
      { ...bare, types: T },
    );
    const split = model.node(
      2,
      'test.ops',
      'Parts',
      [sum!],
      [{ name: 'parts', type: onnx.AttributeProto.AttributeType.INT, i: 2 }],
    );
    model.output(model.op('Neg', [split[1]], {}, { outputs: ['y'] }), 'y', 'float32', [2]);
    model.output(count!, 'count', 'int64', []);
    model.output(split[0]!, 'head', 'float32', [2]);
    const session = await create(model.build());
    const results = await session.run({ x: tensorOf([1, 2, 3, 4]) });
    expect(numbers(results, 'head')).toEqual([2, 3]);
    expect(numbers(results, 'y')).toEqual([-4, -5]);
    expect(results['count']!.type).toBe('int64');
    expect(results['count']!.dims).toEqual([]);
    expect([...(results['count']!.data as BigInt64Array)]).toEqual([4n]);
    await session.release();
  });

  it('reads Constant nodes, in kernels and in several segments', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [1]);
    const value = { tensor: floats([7], []) };
    const c = model.op('Constant', [], { value });
    const d = model.op('Constant', [], { value_float: { float: 3 } });
    const a = model.op('Add', [x, c]);
    const { y } = model.customOp(affine, { x: a, shift: d }, { scale: 1 }, { ...bare, types: T });
    model.output(model.op('Sub', [y, c], {}, { outputs: ['y'] }), 'y', 'float32', [1]);
    const session = await create(model.build());
    expect(sessionInfo(session).segments.map(({ inputs }) => inputs)).toEqual([['x'], [y!.name]]);
    expect(numbers(await session.run({ x: tensorOf([1]) }), 'y')).toEqual([4]);
    await session.release();
  });

  it('fetches some outputs only, running only what they need, and fills a tensor given for one', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [1]);
    const bad = model.customOp(affine, { x }, { scale: -1 }, { ...bare, name: 'bad', types: T });
    const good = model.customOp(
      affine,
      { x },
      { scale: 2 },
      { ...bare, types: T, outputs: { y: 'good' } },
    );
    model.output(model.op('Neg', [bad['y']], {}, { outputs: ['worse'] }), 'worse', 'float32', [1]);
    model.output(good['y']!, 'good', 'float32', [1]);
    const session = await create(model.build());
    const feeds = { x: tensorOf([4]) };
    expect(numbers(await session.run(feeds, ['good']), 'good')).toEqual([8]);
    const target = tensorOf([0]);
    const results = await session.run(feeds, { good: target });
    expect(results['good']).toBe(target);
    expect(numbers(results, 'good')).toEqual([8]);
    await expect(session.run(feeds, { good: tensorOf([0, 0]) })).rejects.toThrow(/output "good"/);
    await expect(session.run(feeds)).rejects.toThrow(/node "bad"/);
    await session.release();
  });

  it('fills a tensor given for an output of a segment, that a kernel reads too', async () => {
    const session = await create(sandwich());
    const h = tensorOf([0, 0], [1, 2]);
    const results = await session.run({ x: tensorOf([1, 1], [1, 2]) }, { h, y: null });
    expect([...h.data]).toEqual([4, 6]);
    expect(numbers(results, 'h')).toEqual([4, 6]);
    expect(numbers(results, 'y')).toEqual([2, 8]);
    await session.release();
  });

  it('returns inputs and constants that are outputs as data of the caller’s own', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [1]);
    model.initializer('w', floats([5]));
    model.customOp(affine, { x }, {}, { ...bare, outputs: { y: 'y' } });
    model.output({ name: 'y' }, 'y', 'float32', [1]);
    const proto = onnx.ModelProto.decode(model.build());
    const info = proto.graph!.output![0]!;
    proto.graph!.output!.push({ ...info, name: 'w' });
    const session = await create(onnx.ModelProto.encode(proto).finish());
    const first = await session.run({ x: tensorOf([1]) });
    (first['w']!.data as Float32Array)[0] = 0;
    expect(numbers(await session.run({ x: tensorOf([1]) }), 'w')).toEqual([5]);
    await session.release();
  });

  it('runs the model’s function where no definition is installed, or one of another version', async () => {
    const later = {
      ...affine,
      schema: { ...affine.schema, version: 2 },
      label: 'test.ops@2::Affine',
    };
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [1]);
    const { y } = model.customOp(later, { x }, { scale: 2 }, { types: T });
    model.output(model.op('Neg', [y], {}, { outputs: ['y'] }), 'y', 'float32', [1]);
    const session = await create(model.build());
    expect(sessionInfo(session).kernels).toEqual([]);
    expect(numbers(await session.run({ x: tensorOf([3]) }), 'y')).toEqual([-6]);
    await session.release();
  });

  it('runs the model’s function inside a subgraph, and the kernel outside', async () => {
    const model = new ModelBuilder();
    const c = model.input('c', 'bool', []);
    const x = model.input('x', 'float32', [1]);
    const { y } = model.customOp(affine, { x }, { scale: 2 }, { types: T });
    const out = model.op(
      'If',
      [c],
      {
        then_branch: {
          graph: (g) => ({
            inputs: [],
            outputs: [{ value: g.op('Neg', [y!]), dtype: 'float32', rank: 1 }],
          }),
        },
        else_branch: {
          graph: (g) => ({
            inputs: [],
            outputs: [{ value: g.op('Abs', [y!]), dtype: 'float32', rank: 1 }],
          }),
        },
      },
      { outputs: ['y'] },
    );
    model.output(out, 'y', 'float32', [1]);
    // The builder writes standard operators into subgraphs: the Neg becomes the custom one by hand.
    const proto = onnx.ModelProto.decode(model.build());
    const ifNode = proto.graph!.node!.find((node) => node.opType === 'If')!;
    const inner = ifNode.attribute![0]!.g!.node![0]!;
    const outer = proto.graph!.node!.find((node) => node.opType === 'Affine')!;
    Object.assign(inner, { opType: 'Affine', domain: 'test.ops', attribute: outer.attribute });
    const bytes = onnx.ModelProto.encode(proto).finish();
    const session = await create(bytes);
    expect(sessionInfo(session).kernels.length).toBe(1);
    const run = async (value: number): Promise<number[]> => {
      const feeds = { c: new ort.Tensor('bool', [value], []), x: tensorOf([3]) };
      return numbers(await session.run(feeds), 'y');
    };
    expect(await run(1)).toEqual([12]);
    expect(await run(0)).toEqual([6]);
    await session.release();
  });

  it('runs 200 overlapping runs, each with its own answer', async () => {
    const session = await create(sandwich());
    const runs = Array.from({ length: 200 }, (_, i) =>
      session.run({ x: tensorOf([i, 0], [1, 2]) }),
    );
    for (const [i, results] of (await Promise.all(runs)).entries()) {
      expect(numbers(results, 'y')).toEqual([Math.max(0, 3 * i - 10), Math.max(0, 6 * i - 10)]);
    }
    await session.release();
  });

  it('hands a model without custom nodes to onnxruntime whole', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', ['N']);
    model.output(model.op('Neg', [x], {}, { outputs: ['y'] }), 'y', 'float32', ['N']);
    const session = await create(model.build());
    expect(sessionInfo(session)).toMatchObject({ kernels: [], segments: [{ nodes: undefined }] });
    expect(numbers(await session.run({ x: tensorOf([3]) }), 'y')).toEqual([-3]);
    await session.release();
  });

  it('runs float64, and initialisers that are inputs too (IR 3)', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float64', [1]);
    const a = model.op('Neg', [x]);
    const { y } = model.customOp(
      affine,
      { x: a },
      { scale: 3 },
      { ...bare, types: { T: 'float64' } },
    );
    model.output(model.op('Neg', [y], {}, { outputs: ['y'] }), 'y', 'float64', [1]);
    const session = await create(model.build());
    const results = await session.run({ x: new ort.Tensor('float64', Float64Array.of(0.1), [1]) });
    expect([...(results['y']!.data as Float64Array)]).toEqual([3 * 0.1]);
    await session.release();

    const proto = onnx.ModelProto.decode(sandwich());
    const [w] = proto.graph!.initializer!;
    const shape = { dim: [{ dimValue: 2 }, { dimValue: 2 }] };
    proto.graph!.input!.push({ name: w!.name!, type: { tensorType: { elemType: 1, shape } } });
    proto.irVersion = 3;
    const old = await create(onnx.ModelProto.encode(proto).finish());
    expect(old.inputNames).toEqual(['x']);
    expect(numbers(await old.run({ x: tensorOf([1, 1], [1, 2]) }), 'y')).toEqual([2, 8]);
    await old.release();
  });
});
