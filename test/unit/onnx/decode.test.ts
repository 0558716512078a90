// Bytes that are no ONNX model, or not all of one.

import { describe, expect, it } from 'vitest';
import { decodeModel, ModelBuilder } from '../../../src/onnx/index.ts';
import { ModelError, tensor } from '../../../src/schema/index.ts';

const bytes = (() => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['N', 100]);
  const w = model.initializer('w', tensor('float32', new Float32Array(100).fill(1), [100]));
  model.output(model.op('Mul', [x, w]), 'y', 'float32', ['N', 100]);
  return model.build();
})();

describe('decodeModel', () => {
  it('decodes a model', () => {
    expect(decodeModel(bytes).graph?.node).toHaveLength(2);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('<!doctype html><title>404</title>')],
    ['a JSON file', new TextEncoder().encode('{"modelTopology": {}}')],
    ['zeros', new Uint8Array(64)],
    ['a zip file', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0)],
    ['an empty graph message', Uint8Array.of(8, 8)],
  ])('refuses %s with a ModelError that names the file', (_what, garbage) => {
    const act = (): unknown => decodeModel(garbage, 'model.onnx');
    expect(act).toThrow(ModelError);
    expect(act).toThrow(/^model\.onnx: the file must be .*Hint: check that the path is right/);
  });

  it('refuses every prefix of a model that ends before its graph does', () => {
    const outcomes = new Set<string>();
    for (let length = 0; length < bytes.length; length++) {
      try {
        decodeModel(bytes.subarray(0, length));
        outcomes.add(`accepted ${length} bytes`);
      } catch (error) {
        outcomes.add(error instanceof ModelError ? 'ModelError' : String(error));
      }
    }
    expect([...outcomes]).toEqual(['ModelError']);
  });
});
