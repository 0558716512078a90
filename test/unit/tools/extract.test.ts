// Sub-models between named tensors: what is in them, what they compute, and errors that name what is missing.

import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { affine } from '../runtime/operators.ts';
import { fieldsOf } from '../../../src/onnx/bytes.ts';
import { readModel } from '../../../src/onnx/bytes-model.ts';
import { decodeModel, extractModel } from '../../../src/onnx/index.ts';
import { extractVerified, install } from '../../../src/runtime/index.ts';
import { ModelError } from '../../../src/schema/index.ts';
import { branched, changed } from './models.ts';
import { withNodeField } from './function-models.ts';

beforeAll(() => {
  install(ort, { ops: [affine] });
});

const run = async (
  model: Uint8Array,
  feeds: Readonly<Record<string, readonly number[]>>,
): Promise<Readonly<Record<string, readonly number[]>>> => {
  const session = await ort.InferenceSession.create(model, { executionProviders: ['custom-ops'] });
  const tensors = Object.entries(feeds).map(
    ([name, data]) => [name, new ort.Tensor('float32', data, [1, 2])] as const,
  );
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  );
};

const cut = (inputs: readonly string[], outputs: readonly string[]): Promise<Uint8Array> =>
  extractVerified(ort, branched(), { inputs, outputs });

describe('extractVerified', () => {
  it('computes what the whole computes, from values in its middle', async () => {
    const part = await cut(['m', 'g'], ['y']);
    expect(await run(part, { m: [-1, 2], g: [10, 20] })).toEqual({ y: [10, 22] });
    expect(decodeModel(part).graph?.node?.map(({ name }) => name)).toEqual(['relu', 'sum']);
  });

  it('carries only the weights and functions that are needed', async () => {
    const head = decodeModel(await cut(['x'], ['h']));
    expect(head.graph?.initializer?.map(({ name }) => name)).toEqual(['w']);
    expect(head.functions).toEqual([]);
    const middle = decodeModel(await cut(['h'], ['m']));
    expect(middle.graph?.initializer).toEqual([]);
    expect(middle.functions.map(({ name }) => name)).toEqual(['Affine']);
    expect(await run(await cut(['h'], ['m']), { h: [1, -1] })).toEqual({ m: [3, -3] });
  });

  it('carries nodes and weights by their bytes, fields of newer versions too', async () => {
    const bytes = withNodeField(
      branched(),
      (type) => type === 'MatMul',
      9,
      '\n\u0003key\u0012\u0005later',
    );
    const part = await extractVerified(ort, bytes, { inputs: ['x'], outputs: ['h'] });
    const [before, after] = [readModel(bytes), readModel(part)];
    expect(after.graph.nodes[0]?.bytes).toEqual(before.graph.nodes[0]?.bytes);
    expect(fieldsOf(after.graph.nodes[0]!.bytes, '').some(({ number }) => number === 9)).toBe(true);
    expect(after.graph.initializers[0]?.bytes).toEqual(before.graph.initializers[0]?.bytes);
  });

  it('makes a weight an input where it is named', async () => {
    const part = await cut(['x', 'w'], ['h']);
    const model = decodeModel(part);
    expect(model.graph?.initializer).toEqual([]);
    expect(model.graph?.input?.map(({ name }) => name)).toEqual(['x', 'w']);
  });

  it('infers the types of inputs and outputs the model does not declare', async () => {
    const model = decodeModel(await cut(['m'], ['r']));
    expect(model.graph?.input?.[0]?.type?.tensorType?.elemType).toBe(1);
    expect(model.graph?.output?.[0]?.type?.tensorType?.elemType).toBe(1);
  });

  it('hands out several outputs, one feeding another', async () => {
    expect(await run(await cut(['x'], ['h', 'm']), { x: [1, 0] })).toEqual({
      h: [1, 2],
      m: [3, 6],
    });
  });
});

describe('extractModel', () => {
  it.each<[string, readonly string[], readonly string[], string]>([
    [
      'an input that is missing',
      ['m'],
      ['y'],
      'the outputs "y" must follow from the inputs, but also need "x" (read by MatMul that makes "g"). Hint: add "x" to the inputs.',
    ],
    [
      'an input that nothing needs',
      ['x', 'm'],
      ['h'],
      'the inputs "m" must be needed for the outputs. Hint: leave them out, or name an output that depends on them.',
    ],
    [
      'a name with a slip in it',
      ['x'],
      ['copi'],
      'the value "copi" must be a value of the main graph. Hint: the nearest is "copy".',
    ],
    [
      'a name like no other',
      ['x'],
      ['probabilities'],
      'the value "probabilities" must be a value of the main graph. Hint: the model has "x", "w", "copy", "unused", "h", "m", "r", "g", "y".',
    ],
    [
      'an output that is a weight',
      [],
      ['w'],
      'the output "w" must be made by a node of the sub-model, got an input or initialiser of the model.',
    ],
    [
      'an output that is an input',
      ['h'],
      ['h'],
      'the output "h" must be made by a node of the sub-model, got one of its inputs.',
    ],
    ['no output', ['x'], [], 'the outputs must be at least one.'],
    ['an input named twice', ['x', 'x'], ['h'], 'the inputs must be named once, got "x", "x".'],
    [
      'a type nobody tells',
      ['m'],
      ['r'],
      'the element types of "m" must be known to make them inputs. Hint: pass them as types, or extract with an onnxruntime at hand, which infers them.',
    ],
  ])('refuses %s', (_, inputs, outputs, message) => {
    const extract = (): unknown => extractModel(branched(), { inputs, outputs });
    expect(extract).toThrow(ModelError);
    expect(extract).toThrow(`model: ${message}`);
  });

  it('takes the types that it is told', () => {
    const types = new Map([['m', 'float32' as const]]);
    expect(() => extractModel(branched(), { inputs: ['m'], outputs: ['r'], types })).not.toThrow();
  });

  it('keeps an input that has a default', () => {
    const bytes = changed(branched(), ({ graph }) => {
      graph?.input?.push({ name: 'w', type: { tensorType: { elemType: 1 } } });
    });
    const model = decodeModel(extractModel(bytes, { inputs: ['x'], outputs: ['h'] }));
    expect(model.graph?.input?.map(({ name }) => name)).toEqual(['x', 'w']);
    expect(model.graph?.initializer?.map(({ name }) => name)).toEqual(['w']);
  });
});
