// Functions expanded: the same results as the original in onnxruntime, with no function left.

import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { affine } from '../runtime/operators.ts';
import { decodeModel, ModelBuilder, onnx, type OnnxTypes } from '../../../src/onnx/index.ts';
import { inlineFunctions, inlineModel } from '../../../src/onnx/inline.ts';
import { readModel } from '../../../src/onnx/bytes-model.ts';
import {
  call,
  float32Info,
  floatAttribute,
  functionModel,
  functionProto,
  graph,
  graphAttribute,
  node,
  reference,
  scaled,
  withNodeField,
} from './function-models.ts';

type Numbers = Readonly<Record<string, readonly number[]>>;

const run = async (
  bytes: Uint8Array,
  feeds: Readonly<Record<string, ort.Tensor>>,
): Promise<Numbers> => {
  const session = await ort.InferenceSession.create(bytes);
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  );
};

const x = new ort.Tensor('float32', Float32Array.of(1, -2, 3), [3]);

/** Expands a model, and checks that onnxruntime gives the same with and without. */
const same = async (
  bytes: Uint8Array,
  feeds: Readonly<Record<string, ort.Tensor>> = { x },
): Promise<OnnxTypes.ModelProto> => {
  const flat = inlineModel(bytes);
  expect(await run(flat, feeds)).toEqual(await run(bytes, feeds));
  const model = decodeModel(flat);
  expect(model.functions).toEqual([]);
  return model;
};

describe('inlineModel', () => {
  it('gives attribute references the values of the call', async () => {
    const model = await same(
      functionModel(
        graph([
          call('Scaled', ['x'], ['h'], [floatAttribute('scale', 3)], 'first'),
          call('Scaled', ['h'], ['out'], [floatAttribute('scale', -2)], 'second'),
        ]),
        [scaled],
      ),
    );
    expect(model.graph?.node?.map(({ name }) => name)).toEqual(['', 'first/mul', '', 'second/mul']);
  });

  it('takes the default of an attribute that the call leaves out (FunctionProto.attribute_proto)', async () => {
    const defaulted = { ...scaled, attribute: [] };
    await same(
      functionModel(
        graph([
          call('Scaled', ['x'], ['h']),
          call('Scaled', ['h'], ['out'], [floatAttribute('scale', -2)]),
        ]),
        [defaulted],
        { 0: { defaults: [floatAttribute('scale', 5)] } },
        9,
      ),
    );
  });

  it('drops a reference to an attribute that neither the call nor the function gives', () => {
    const elu = functionProto(
      'Soft',
      ['x'],
      ['y'],
      [node('Elu', ['x'], ['y'], { attribute: [reference('alpha', 'alpha')] })],
      { attribute: ['alpha'] },
    );
    const model = decodeModel(
      inlineModel(functionModel(graph([call('Soft', ['x'], ['out'])]), [elu])),
    );
    expect(model.graph?.node?.[0]?.attribute).toEqual([]);
  });

  it('expands functions that call functions, references handed through', async () => {
    const outer = functionProto(
      'Outer',
      ['x'],
      ['y'],
      [
        call('Scaled', ['x'], ['h'], [reference('scale', 'by')]),
        call('Scaled', ['h'], ['g'], [floatAttribute('scale', 7)]),
        node('Add', ['g', 'x'], ['y']),
      ],
      { attribute: ['by'] },
    );
    await same(
      functionModel(graph([call('Outer', ['x'], ['out'], [floatAttribute('by', 0.5)])]), [
        outer,
        scaled,
      ]),
    );
  });

  it('keeps names of the body apart from those of the graph and of other calls', async () => {
    const model = await same(
      functionModel(
        graph([
          node('Neg', ['x'], ['factor']),
          node('Identity', ['factor'], ['Scaled_1/factor']),
          call('Scaled', ['Scaled_1/factor'], ['y'], [floatAttribute('scale', 3)]),
          call('Scaled', ['y'], ['z'], [floatAttribute('scale', 2)]),
          node('Add', ['z', 'factor'], ['out']),
        ]),
        [scaled],
      ),
    );
    const made = model.graph?.node?.flatMap(({ output }) => output ?? []) ?? [];
    expect(new Set(made).size).toBe(made.length);
  });

  it('expands calls inside subgraphs, and subgraphs inside functions', async () => {
    const branch = (name: string, scale: number): OnnxTypes.IGraphProto => ({
      name,
      output: [float32Info(`${name}_y`)],
      node: [call('Scaled', ['v'], [`${name}_y`], [floatAttribute('scale', scale)])],
    });
    const chosen = functionProto(
      'Chosen',
      ['v'],
      ['y'],
      [
        node('ReduceSum', ['v'], ['sum'], {
          attribute: [{ name: 'keepdims', type: onnx.AttributeProto.AttributeType.INT, i: 0 }],
        }),
        node('Constant', [], ['zero'], { attribute: [floatAttribute('value_float', 0)] }),
        node('Less', ['sum', 'zero'], ['negative']),
        node('If', ['negative'], ['y'], {
          attribute: [
            graphAttribute('then_branch', branch('then', 10)),
            graphAttribute('else_branch', branch('else', 100)),
          ],
        }),
      ],
    );
    await same(
      functionModel(
        graph([
          call('Chosen', ['x'], ['a']),
          node('Neg', ['x'], ['v']),
          call('Chosen', ['v'], ['b']),
          node('Add', ['a', 'b'], ['out']),
        ]),
        [chosen, scaled],
      ),
    );
  });

  it('tells overloads apart', async () => {
    const plus = functionProto('Scaled', ['x'], ['y'], [node('Add', ['x', 'x'], ['y'])]);
    const bytes = functionModel(
      graph([
        call('Scaled', ['x'], ['h'], [floatAttribute('scale', 3)]),
        call('Scaled', ['h'], ['out'], [], 'doubled'),
      ]),
      [scaled, plus],
      { 1: { overload: 'plus' } },
      10,
    );
    const read = decodeModel(bytes);
    const doubled = read.graph?.node?.findIndex(({ name }) => name === 'doubled') ?? -1;
    let at = -1;
    const overloaded = withNodeField(bytes, () => ++at === doubled, 8, 'plus');
    const flat = inlineModel(overloaded);
    expect(await run(flat, { x })).toEqual({ out: [6, -12, 18] });
    expect(await run(overloaded, { x })).toEqual({ out: [6, -12, 18] });
  });

  it('copies an input that is an output, and an output given twice', async () => {
    const both = functionProto(
      'Both',
      ['a', 'b'],
      ['a', 'sum', 'sum2'],
      [node('Add', ['a', 'b'], ['sum']), node('Neg', ['sum'], ['sum2'])],
    );
    // onnxruntime itself refuses such a function.
    const bytes = functionModel(
      graph([call('Both', ['x', 'x'], ['out', '', 'other'])], {
        output: [float32Info('out', [3]), float32Info('other', [3])],
      }),
      [both],
    );
    expect(await run(inlineModel(bytes), { x })).toEqual({ out: [1, -2, 3], other: [-2, 4, -6] });
  });

  it('leaves out optional inputs that the call leaves out', async () => {
    const clip = functionProto(
      'Bounded',
      ['x', 'low', 'high'],
      ['y'],
      [node('Clip', ['x', 'low', 'high'], ['y'])],
    );
    await same(
      functionModel(
        graph([call('Bounded', ['x', '', 'top'], ['h']), call('Bounded', ['h'], ['out'])], {
          initializer: [{ name: 'top', dims: [], dataType: 1, floatData: [2] }],
        }),
        [clip],
      ),
    );
  });

  it('carries fields of nodes it does not know', () => {
    const bytes = withNodeField(
      functionModel(graph([node('Neg', ['x'], ['out']), call('Scaled', ['x'], ['o'])]), [scaled]),
      (type) => type === 'Neg',
      9,
      'kept',
    );
    expect(Buffer.from(inlineModel(bytes)).includes('kept')).toBe(true);
  });

  it('expands the body of an operator written by ModelBuilder', async () => {
    const builder = new ModelBuilder();
    const input = builder.input('x', 'float32', [3]);
    const { y } = builder.customOp(affine, { x: input }, { scale: 3 });
    builder.output(y!, 'out', 'float32', [3]);
    await same(builder.build());
  });
});

describe('inlineFunctions', () => {
  it('expands the functions it is told to, and keeps the others that are still called', async () => {
    const outer = functionProto(
      'Outer',
      ['x'],
      ['y'],
      [call('Scaled', ['x'], ['y'], [floatAttribute('scale', 7)])],
    );
    const model = readModel(functionModel(graph([call('Outer', ['x'], ['out'])]), [outer, scaled]));
    const flat = inlineFunctions(model, { only: ({ type }) => type === 'Outer' });
    expect(flat.functions.map(({ type }) => type)).toEqual(['Scaled']);
    expect(flat.graph.nodes.map(({ type }) => type)).toEqual(['Scaled']);
  });

  it('carries what a function says of its values, symbolic dimensions apart by call', () => {
    const told = functionProto(
      'Told',
      ['x'],
      ['y'],
      [node('Neg', ['x'], ['h']), node('Neg', ['h'], ['y'])],
    );
    const info = onnx.ValueInfoProto.encode(float32Info('h', ['N', 3])).finish();
    const model = readModel(
      functionModel(graph([call('Told', ['x'], ['m']), call('Told', ['m'], ['out'])]), [told]),
    );
    const bytes = Uint8Array.from([
      ...model.functions[0]!.bytes,
      (12 << 3) | 2,
      info.length,
      ...info,
    ]);
    const flat = inlineFunctions({
      ...model,
      functions: [{ ...model.functions[0]!, bytes }],
    });
    const infos = flat.graph.valueInfos.map((one) => onnx.ValueInfoProto.decode(one.bytes));
    expect(
      infos.map(({ name, type }) => [name, type?.tensorType?.shape?.dim?.[0]?.dimParam]),
    ).toEqual([
      ['Told_1/h', 'Told_1/N'],
      ['Told_2/h', 'Told_2/N'],
    ]);
  });

  it('is the model itself where there are no functions', () => {
    const model = readModel(functionModel(graph([node('Neg', ['x'], ['out'])]), []));
    expect(inlineFunctions(model)).toBe(model);
  });
});
