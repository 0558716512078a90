// Models that no runtime can use are refused before onnxruntime gets them, with the place of the fault, custom nodes or not.

import * as node from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../../src/onnx/bytes-model.ts';
import { checkModelBytes } from '../../../src/onnx/bytes-check.ts';
import { MessageBytes } from '../../../src/onnx/bytes.ts';
import { ModelBuilder, onnx, type OnnxTypes } from '../../../src/onnx/index.ts';
import type { OrtModule } from '../../../src/runtime/index.ts';
import { ModelError } from '../../../src/schema/index.ts';
import { copies, custom } from './copies.ts';
import { floats, sandwich } from './models.ts';

/** Neg -> Add(w) -> y: nothing custom. */
const plain = (): OnnxTypes.ModelProto => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', [2]);
  const w = model.initializer('w', floats([1, 2]));
  const neg = model.op('Neg', [x], {}, { name: 'neg', outputs: ['n'] });
  model.output(model.op('Add', [neg, w], {}, { name: 'add', outputs: ['y'] }), 'y', 'float32', [2]);
  return onnx.ModelProto.decode(model.build());
};

const changed = (change: (model: OnnxTypes.ModelProto) => void): Uint8Array => {
  const model = plain();
  change(model);
  return onnx.ModelProto.encode(model).finish();
};

const fn = (name: string, calls: string): OnnxTypes.IFunctionProto => ({
  name,
  domain: 'f',
  input: ['a'],
  output: ['b'],
  node: [{ opType: calls, domain: 'f', input: ['a'], output: ['b'] }],
  opsetImport: [{ domain: 'f', version: 1 }],
});

/** Ifs within one another: y = c through `depth` then branches. */
const nested = (depth: number): Uint8Array => {
  const bool = onnx.TypeProto.encode({ tensorType: { elemType: 9, shape: {} } }).finish();
  const info = (name: string): MessageBytes => new MessageBytes().text(1, name).field(2, bool);
  const graphOf = (node: Uint8Array): MessageBytes =>
    new MessageBytes().field(1, node).text(2, 'g').field(12, info('y'));
  const leaf = new MessageBytes().text(1, 'c').text(2, 'y').text(4, 'Identity').finish();
  const attribute = (name: string, graph: MessageBytes): MessageBytes =>
    new MessageBytes()
      .text(1, name)
      .fields([Uint8Array.of(0xa0, 1, 5)])
      .field(6, graph);
  let node = leaf;
  for (let at = 0; at < depth; at++) {
    const message = new MessageBytes().text(1, 'c').text(2, 'y').text(4, 'If');
    message.field(5, attribute('then_branch', graphOf(node)));
    node = message.field(5, attribute('else_branch', graphOf(leaf))).finish();
  }
  const opsetImport = [{ domain: '', version: 17 }];
  const head = onnx.ModelProto.encode({ irVersion: 8, opsetImport }).finish();
  return new MessageBytes()
    .fields([head])
    .field(7, graphOf(node).field(11, info('c')))
    .finish();
};

const cases: readonly (readonly [string, () => Uint8Array, RegExp])[] = [
  [
    'a cycle',
    () => changed(({ graph }) => (graph!.node![0]!.input = ['y'])),
    /the graph must have no cycle, got one through or before node "neg" \(Neg\), node "add" \(Add\)/,
  ],
  [
    'a node that reads what it makes',
    () => changed(({ graph }) => (graph!.node![0]!.input = ['n'])),
    /the graph must have no cycle/,
  ],
  [
    'a value made twice',
    () => changed(({ graph }) => (graph!.node![1]!.output = ['n'])),
    /the value "n" must be made once, got again by node "add" \(Add\)/,
  ],
  [
    'a value that is an initialiser too',
    () => changed(({ graph }) => (graph!.node![0]!.output = ['w'])),
    /the value "w" must be made once, got again by node "neg" \(Neg\)/,
  ],
  [
    'an input declared twice',
    () => changed(({ graph }) => graph!.input!.push(graph!.input![0]!)),
    /the input "x" must be declared once/,
  ],
  [
    'an input without a type',
    () => changed(({ graph }) => graph!.input!.push({ name: 'z', type: {} })),
    /the input "z" must declare a type/,
  ],
  [
    'an input of more elements than there can be',
    () =>
      changed(({ graph }) => {
        const dim = [{ dimValue: 2 ** 30 }, { dimValue: 2 ** 30 }];
        graph!.input![0]!.type!.tensorType!.shape = { dim };
      }),
    /the input "x" must have a shape of at most 2\^53 elements, got \[1073741824, 1073741824\]/,
  ],
  [
    'a sum that leaves an input out',
    () =>
      changed(({ graph }) => Object.assign(graph!.node![1]!, { opType: 'Sum', input: ['n', ''] })),
    /the inputs of node "add" \(Sum\) must all be given, got none at position 1/,
  ],
  [
    'a value made never',
    () => changed(({ graph }) => (graph!.node![0]!.input = ['nowhere'])),
    /the value "nowhere", which node "neg" \(Neg\) reads, must be a graph input/,
  ],
  [
    'an output made never',
    () => changed(({ graph }) => (graph!.output![0]!.name = 'nowhere')),
    /the value "nowhere", which the graph as an output reads, must be/,
  ],
  [
    'a function that calls itself',
    () => changed((model) => model.functions.push(fn('A', 'A'))),
    /the function f::A must not call itself, got f::A -> f::A/,
  ],
  [
    'functions that call one another',
    () => changed((model) => model.functions.push(fn('A', 'B'), fn('B', 'C'), fn('C', 'B'))),
    /the function f::B must not call itself, got f::B -> f::C -> f::B/,
  ],
  [
    'a function that reads what it does not have',
    () =>
      changed((model) =>
        model.functions.push({
          ...fn('A', 'X'),
          node: [{ opType: 'Neg', input: ['z'], output: ['b'] }],
        }),
      ),
    /the value "z", which node that makes "b" \(Neg\) reads, must be/,
  ],
  [
    'a tensor with less data than its shape says',
    () => changed(({ graph }) => (graph!.initializer![0]!.dims = [1_000_000_000])),
    /initialiser "w", float32 of shape \[1000000000\], must have 4000000000 bytes, got 8/,
  ],
  [
    'a tensor with no data for a huge shape',
    () =>
      changed(({ graph }) => {
        graph!.initializer![0] = { name: 'w', dataType: 1, dims: [1 << 30, 1 << 30] };
      }),
    /initialiser "w", float32 of shape \[1073741824, 1073741824\], must have 1152921504606847000 elements, got 0/,
  ],
  [
    'a tensor of a negative dimension',
    () => changed(({ graph }) => (graph!.initializer![0]!.dims = [-2])),
    /initialiser "w" must have no negative dimension, got \[-2\]/,
  ],
  [
    'a Constant whose tensor lies',
    () =>
      changed(({ graph }) => {
        graph!.node![0] = {
          opType: 'Constant',
          name: 'c',
          output: ['n'],
          attribute: [{ name: 'value', type: 4, t: { dataType: 7, dims: [3], int64Data: [1, 2] } }],
        };
      }),
    /the data of node "c" \(Constant\), int64 of shape \[3\], must have 3 elements, got 2/,
  ],
  [
    'graphs nested without end',
    () => nested(33),
    /a graph within graphs must be nested at most 32/,
  ],
  ['graphs nested five thousand deep', () => nested(5000), /must be nested at most 32/],
];

describe.each(copies)('%s refuses', (_, ort: OrtModule) => {
  it.each(cases)('%s', async (_name, build, message) => {
    const create = ort.InferenceSession.create(build(), custom);
    await expect(create).rejects.toThrow(ModelError);
    await expect(create).rejects.toThrow(message);
  });
});

describe('a sound model', () => {
  it.each([
    ['with floats in the typed field', { dataType: 1, dims: [2], floatData: [1, 2] }],
    ['with float16 in the field of int32', { dataType: 10, dims: [2], int32Data: [1, 2] }],
    ['with strings', { dataType: 8, dims: [1], stringData: [Uint8Array.of(65)] }],
    ['with int4, two a byte', { dataType: 22, dims: [3], rawData: Uint8Array.of(1, 2) }],
    ['with nothing in it', { dataType: 1, dims: [0, 3] }],
    ['with a scalar', { dataType: 11, dims: [], doubleData: [1] }],
    ['with unsigned numbers', { dataType: 13, dims: [3], uint64Data: [1, 2, 300] }],
    ['of complex numbers', { dataType: 14, dims: [1], floatData: [1, 2] }],
  ])('%s is not refused', (_name, tensor) => {
    const bytes = changed(({ graph }) => graph!.initializer!.push({ name: 'other', ...tensor }));
    expect(() => checkModelBytes(readModel(bytes), 'm')).not.toThrow();
  });

  it('whose nodes are out of order is put in order', async () => {
    const proto = onnx.ModelProto.decode(sandwich());
    proto.graph!.node!.reverse();
    for (const [, ort] of copies) {
      const session = await ort.InferenceSession.create(
        onnx.ModelProto.encode(proto).finish(),
        custom,
      );
      const x = new ort.Tensor('float32', Float32Array.of(1, 1), [1, 2]);
      expect([...((await session.run({ x }))['y']!.data as Float32Array)]).toEqual([2, 8]);
      await session.release();
    }
  });

  it('nested as deep as onnxruntime reads is not refused', async () => {
    const c = new node.Tensor('bool', [true], []);
    let depth = 1;
    const stock = async (): Promise<boolean> =>
      node.InferenceSession.create(nested(depth + 1)).then(
        (session) => session.release().then(() => true),
        () => false,
      );
    while (await stock()) depth++;
    expect(depth).toBeGreaterThan(20);
    const session = await node.InferenceSession.create(nested(depth), custom);
    expect([...((await session.run({ c }))['y']!.data as Uint8Array)]).toEqual([1]);
    await session.release();
  });
});
