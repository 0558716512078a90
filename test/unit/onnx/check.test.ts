// checkModel: a sound model has no findings; each fault has its own, with a fix.

import { describe, expect, it } from 'vitest';
import { sharmix } from '../../../ops/sharmix/index.ts';
import {
  checkModel,
  decodeModel,
  ModelBuilder,
  onnx,
  type CheckOptions,
  type OnnxTypes,
} from '../../../src/onnx/index.ts';
import { scale } from './scale-op.ts';

const sound = (functionBody = true): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', [2]);
  const { y } = model.customOp(scale, { x }, {}, { name: 'head', functionBody });
  model.output(y!, 'y', 'float32', [2]);
  return model.build();
};

/** A sound model with one thing changed. */
const changed = (change: (model: OnnxTypes.ModelProto) => void, bytes = sound()): Uint8Array => {
  const model = decodeModel(bytes);
  change(model);
  return Uint8Array.from(onnx.ModelProto.encode(model).finish());
};

const found = (bytes: Uint8Array, options?: CheckOptions): string[] =>
  checkModel(bytes, options).map(
    ({ code, severity, where, message }) => `${severity} ${code}: ${where}: ${message}`,
  );

describe('checkModel', () => {
  it('finds nothing in sound models, that of the SharMiX body with its Loops and Ifs among them', () => {
    const model = new ModelBuilder({ opset: 26 });
    const logits = model.input('logits', 'float32', ['N', 3]);
    const indices = { q: model.input('q', 'float32', []), r: model.input('r', 'float32', []) };
    const { probabilities } = model.customOp(sharmix, { logits, ...indices });
    model.output(probabilities!, 'probabilities', 'float32', ['N', 3]);
    expect([found(sound()), found(model.build())]).toEqual([[], []]);
  });

  it('gives every finding a fix', () => {
    const bytes = changed((model) => {
      model.irVersion = 99;
      model.functions = [];
    });
    const fixes = checkModel(bytes).map(({ fix }) => fix);
    expect(fixes).toHaveLength(2);
    expect(fixes.every((fix) => fix.length > 10)).toBe(true);
  });

  it('finds an operator nobody provides', () => {
    expect(found(sound(false))).toEqual([
      'error unresolved-operator: node head (com.example::Scale): no function of the model and no installed operator is com.example::Scale',
    ]);
  });

  it('warns where an installed operator has no body in the model', () => {
    expect(found(sound(false), { ops: [scale] })).toEqual([
      'warning function-missing: node head (com.example::Scale): the model has no function body of com.example@1::Scale',
    ]);
  });

  it.each<[string, (model: OnnxTypes.ModelProto) => void, CheckOptions, string]>([
    [
      'an IR version too new',
      (model) => (model.irVersion = 14),
      {},
      "error ir-version: model: IR version 14 is newer than the runtime's 13",
    ],
    [
      'an opset too new for the runtime',
      () => undefined,
      { runtime: { opset: 15, irVersion: 8 } },
      "error opset: model: opset 17 is newer than the runtime's 15",
    ],
    [
      'functions in an IR version that has none',
      (model) => (model.irVersion = 7),
      {},
      'error ir-version: model: IR version 7 has no functions, but the model has 1',
    ],
    [
      'a domain imported twice',
      (model) => model.opsetImport.push({ domain: 'ai.onnx', version: 17 }),
      {},
      'error opset-import: model: domain "" is imported twice',
    ],
    [
      'a domain not imported',
      (model) => (model.opsetImport = model.opsetImport.filter(({ domain }) => domain === '')),
      {},
      'error opset-import: model: domain "com.example" is used but not imported',
    ],
    [
      "a function of another opset than the model's",
      (model) => (model.functions[0]!.opsetImport![0]!.version = 13),
      {},
      'error function-opset: function com.example::Scale: imports version 13 of domain "", the model 17',
    ],
    [
      'a function defined twice',
      (model) => model.functions.push(model.functions[0]!),
      {},
      'error duplicate-name: function com.example::Scale: is defined twice',
    ],
    [
      'an attribute its function refers to missing on a node',
      (model) => (model.graph!.node![0]!.attribute = []),
      {},
      'error missing-attribute: node head (com.example::Scale): lacks attribute factor, which its function body refers to',
    ],
    [
      'a value nothing defines',
      (model) => (model.graph!.node![0]!.input = ['z']),
      {},
      'error missing-value: node head (com.example::Scale): reads "z", which no input, initializer or earlier node defines',
    ],
    [
      'a value defined twice',
      (model) => (model.graph!.node![1]!.output = ['x']),
      {},
      'error duplicate-name: node y (Identity): defines "x", which is defined already',
    ],
    [
      'an output nothing makes',
      (model) => (model.graph!.output![0]!.name = 'z'),
      {},
      'error missing-output: graph: output "z" is made by no node',
    ],
    [
      'a value nothing defines within a function',
      (model) => (model.functions[0]!.node!.at(-1)!.input = ['z']),
      {},
      'error missing-value: function com.example::Scale, node y (Identity): reads "z", which no input, initializer or earlier node defines',
    ],
  ])('finds %s', (_what, change, options, finding) => {
    expect(found(changed(change), options)).toContain(finding);
  });

  it('lets an initializer be the default of an input, and subgraphs see the values around them', () => {
    const bytes = changed((model) => {
      model.graph!.initializer!.push({ name: 'x', dims: [2], dataType: 1, floatData: [1, 2] });
    });
    expect(found(bytes)).toEqual([]);
  });
});
