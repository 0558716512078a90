// What checkModel finds beyond names and operators: recursion, overloads and defaults, attributes, types, sizes of initialisers.

import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { affine } from '../runtime/operators.ts';
import { checkModel, currentRuntime, onnx, type Finding } from '../../../src/onnx/index.ts';
import { runtimeVersions } from '../../../src/runtime/index.ts';
import {
  call,
  float32Info,
  floatAttribute,
  functionModel,
  functionProto,
  graph,
  node,
  scaled,
} from './function-models.ts';
import { branched, changed } from './models.ts';

const found = (bytes: Uint8Array, ops = [affine]): readonly string[] =>
  checkModel(bytes, { ops }).map(
    ({ code, where, message }: Finding) => `${code}: ${where} ${message}`,
  );

describe('checkModel', () => {
  it('finds nothing wrong in a sound model', () => {
    expect(found(branched())).toEqual([]);
  });

  it('names the circle of functions that call one another, once', () => {
    const a = functionProto('A', ['x'], ['y'], [call('B', ['x'], ['y'])]);
    const b = functionProto('B', ['x'], ['y'], [call('A', ['x'], ['y'])]);
    expect(found(functionModel(graph([call('A', ['x'], ['out'])]), [a, b]))).toEqual([
      'recursion: function local::A calls itself: local::A -> local::B -> local::A',
    ]);
  });

  it('lets an attribute with a default be left out, and finds one without', () => {
    const nodes = graph([call('Scaled', ['x'], ['out'])]);
    const defaults = { 0: { defaults: [floatAttribute('scale', 5)] } };
    expect(found(functionModel(nodes, [{ ...scaled, attribute: [] }], defaults, 9))).toEqual([]);
    expect(found(functionModel(nodes, [scaled]))).toEqual([
      'missing-attribute: node of type local::Scaled lacks attribute scale, which its function body refers to',
    ]);
  });

  it('tells overloads from functions defined twice', () => {
    const bytes = (overload?: string) =>
      functionModel(
        graph([call('Scaled', ['x'], ['out'], [floatAttribute('scale', 1)])]),
        [scaled, scaled],
        overload === undefined ? {} : { 1: { overload } },
        10,
      );
    expect(found(bytes('other'))).toEqual([]);
    expect(found(bytes())).toEqual(['duplicate-name: function local::Scaled is defined twice']);
  });

  it('finds attributes given twice, and references outside of functions', () => {
    const { AttributeType } = onnx.AttributeProto;
    const twice = [floatAttribute('alpha', 1), floatAttribute('alpha', 2)];
    const dangling = [{ name: 'alpha', type: AttributeType.FLOAT, refAttrName: 'a' }];
    const nodes = [
      node('Elu', ['x'], ['h'], { name: 'e', attribute: twice }),
      node('Elu', ['h'], ['out'], { name: 'f', attribute: dangling }),
    ];
    expect(found(functionModel(graph(nodes), []))).toEqual([
      'attribute: node e (Elu) has attribute alpha twice',
      'attribute: node f (Elu) attribute alpha refers to attribute a of a function, but is in none',
    ]);
  });

  it('checks custom nodes against the schema of their operator', () => {
    const bytes = changed(branched(), ({ graph: main }) => {
      const custom = main!.node!.find(({ name }) => name === 'middle')!;
      custom.input = ['', 'h', 'h', 'h'];
      custom.attribute!.push(floatAttribute('slope', 1));
    });
    expect(found(bytes)).toEqual([
      'attribute: node middle (test.ops::Affine) has 4 inputs, its operator 2',
      expect.stringMatching(/attribute: node middle .* attribute slope is not in the schema/),
    ]);
    const lacking = changed(branched(), ({ graph: main }) => {
      main!.node!.find(({ name }) => name === 'middle')!.input = ['', 'h'];
    });
    expect(found(lacking)).toEqual(['attribute: node middle (test.ops::Affine) lacks input x']);
  });

  it('finds inputs without a type, and values of two types', () => {
    const bytes = changed(branched(), ({ graph: main }) => {
      main!.input!.push({ name: 'untyped' });
      main!.valueInfo!.push({ name: 'y', type: { tensorType: { elemType: 11 } } });
    });
    expect(found(bytes)).toEqual([
      'type: graph input untyped has no type',
      'type: value "y" is float32 as graph output and float64 as value_info',
    ]);
  });

  it.each([
    [
      'too little raw data',
      { rawData: new Uint8Array(12) },
      'is float32 of shape [2, 2], 16 bytes, but holds 12 bytes',
    ],
    ['a negative dimension', { dims: [2, -2] }, 'has the shape [2, -2], with a negative dimension'],
    ['no element type', { dataType: 0 }, 'has no element type'],
    [
      'too many numbers in a typed field',
      { rawData: new Uint8Array(), floatData: [1, 2, 3, 4, 5] },
      'is float32 of shape [2, 2], 4 elements, but holds 5',
    ],
    [
      'a bfloat16 of the wrong size',
      { dataType: 16 },
      'is BFLOAT16 of shape [2, 2], 8 bytes, but holds 16 bytes',
    ],
    [
      'external data of another length',
      {
        rawData: new Uint8Array(),
        dataLocation: 1,
        externalData: [
          { key: 'location', value: 'w.bin' },
          { key: 'length', value: '99' },
        ],
      },
      'is float32 of shape [2, 2], 16 bytes, but names 99 bytes of external data',
    ],
  ])('finds an initialiser with %s', (_, change, message) => {
    const bytes = changed(branched(), ({ graph: main }) => {
      Object.assign(
        main!.initializer!.find(({ name }) => name === 'w')!,
        change,
      );
    });
    expect(found(bytes)).toEqual([`tensor: initialiser "w" ${message}`]);
  });

  it('judges by the version of the operator that the model imports', () => {
    const bytes = changed(branched(false), ({ opsetImport }) => {
      opsetImport.find(({ domain }) => domain === 'test.ops')!.version = 2;
    });
    expect(found(bytes)).toEqual([
      'unresolved-operator: node middle (test.ops::Affine) no function of the model and no installed operator is test.ops::Affine',
    ]);
  });

  it('finds an opset and an IR version too new for the runtime at hand', () => {
    const bytes = functionModel(
      { ...graph([node('Neg', ['x'], ['out'])]), input: [float32Info('x', [3])] },
      [],
      {},
      12,
    );
    const runtime = { opset: 16, irVersion: 9 };
    expect(checkModel(bytes, { runtime }).map(({ message }) => message)).toEqual([
      "IR version 12 is newer than the runtime's 9",
      "opset 17 is newer than the runtime's 16",
    ]);
  });
});

describe('runtimeVersions', () => {
  it('finds what the installed onnxruntime reads by asking it', async () => {
    // currentRuntime is what onnxruntime 1.30 was measured to read.
    expect(await runtimeVersions(ort)).toEqual(currentRuntime);
  });

  it('says when a copy loads nothing', async () => {
    const broken = {
      ...ort,
      InferenceSession: { create: () => Promise.reject(new Error('no library')) },
    } as unknown as typeof ort;
    await expect(runtimeVersions(broken)).rejects.toThrow(
      'onnxruntime must load a model of one node, got no library',
    );
  });
});
