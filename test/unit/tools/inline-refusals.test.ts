// What the inliner refuses, and how it says so.

import { describe, expect, it } from 'vitest';
import { inlineModel } from '../../../src/onnx/inline.ts';
import {
  call,
  floatAttribute,
  functionModel,
  functionProto,
  graph,
  node,
  scaled,
} from './function-models.ts';

describe('inlineModel', () => {
  it('refuses a function that calls itself, naming the way', () => {
    const a = functionProto('A', ['x'], ['y'], [call('B', ['x'], ['y'])]);
    const b = functionProto('B', ['x'], ['y'], [call('A', ['x'], ['y'])]);
    expect(() => inlineModel(functionModel(graph([call('A', ['x'], ['out'])]), [a, b]))).toThrow(
      'function local::A must not call itself, got function local::A -> function local::B -> function local::A',
    );
  });

  it('refuses a model that would grow beyond measure before it grows', () => {
    const levels = Array.from({ length: 40 }, (_, i) =>
      functionProto(
        `L${i}`,
        ['x'],
        ['y'],
        i === 39
          ? [node('Neg', ['x'], ['y'])]
          : [call(`L${i + 1}`, ['x'], ['h']), call(`L${i + 1}`, ['h'], ['y'])],
      ),
    );
    expect(() => inlineModel(functionModel(graph([call('L0', ['x'], ['out'])]), levels))).toThrow(
      'the expanded model must have at most 1000000 nodes',
    );
  });

  it('refuses a function of another opset than the model', () => {
    const old = { ...scaled, opsetImport: [{ domain: '', version: 13 }] };
    const bytes = functionModel(
      graph([call('Scaled', ['x'], ['out'], [floatAttribute('scale', 1)])]),
      [old],
    );
    expect(() => inlineModel(bytes)).toThrow(
      'function local::Scaled must import version 17 of domain "", as the model does, to be expanded, got 13',
    );
  });

  it('refuses an output that is an input the call leaves out', () => {
    const first = functionProto('First', ['a', 'b'], ['a'], [node('Neg', ['b'], ['c'])]);
    expect(() =>
      inlineModel(functionModel(graph([call('First', ['', 'x'], ['out'])]), [first])),
    ).toThrow('output "a" of the function of node First_1 must be made by it or be an input');
  });
});
