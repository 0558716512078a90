// Declared types are read as protobuf merges and skips, not as a decoder that takes the last piece for the whole.

import { describe, expect, it } from 'vitest';
import { declaredTensor } from '../../../src/onnx/bytes-value-info.ts';
import { MessageBytes } from '../../../src/onnx/bytes.ts';
import { ModelError } from '../../../src/schema/index.ts';

const varint = (number: number, value: number): Uint8Array => Uint8Array.of(number << 3, value);

const size = (value: number): MessageBytes => new MessageBytes().fields([varint(1, value)]);

const shape = (...dims: readonly MessageBytes[]): MessageBytes => {
  const message = new MessageBytes();
  for (const dim of dims) message.field(1, dim);
  return message;
};

const floats = (...shapes: readonly MessageBytes[]): MessageBytes => {
  const message = new MessageBytes().fields([varint(1, 1)]);
  for (const one of shapes) message.field(2, one);
  return message;
};

const value = (...types: readonly MessageBytes[]): Uint8Array => {
  const message = new MessageBytes().text(1, 'x');
  for (const type of types) message.field(2, type);
  return message.finish();
};

const tensorType = (tensor: MessageBytes): MessageBytes => new MessageBytes().field(1, tensor);

describe('declaredTensor', () => {
  it('reads sizes, names and unknown dimensions', () => {
    const named = new MessageBytes().text(2, 'batch');
    const info = value(tensorType(floats(shape(size(3), named, new MessageBytes()))));
    expect(declaredTensor(info, 'x')).toEqual({ elemType: 1, dims: [3, 'batch', null] });
  });

  it('tells no shape from a scalar', () => {
    expect(declaredTensor(value(tensorType(floats())), 'x')?.dims).toBeUndefined();
    expect(declaredTensor(value(tensorType(floats(shape()))), 'x')?.dims).toEqual([]);
  });

  it('puts the pieces of a type and of a shape together', () => {
    const inTwo = value(
      tensorType(floats(shape(size(2)), shape(size(3)))),
      tensorType(new MessageBytes().field(2, shape(size(5)))),
    );
    expect(declaredTensor(inTwo, 'x')).toEqual({ elemType: 1, dims: [2, 3, 5] });
  });

  it('takes the last of an alternative', () => {
    const sequence = new MessageBytes().field(4, new MessageBytes());
    expect(declaredTensor(value(tensorType(floats()), sequence), 'x')).toBeUndefined();
    const again = value(tensorType(floats(shape(size(2)))), sequence, tensorType(floats()));
    expect(declaredTensor(again, 'x')).toEqual({ elemType: 1, dims: undefined });
    const both = new MessageBytes().fields([varint(1, 4)]).text(2, 'n');
    expect(declaredTensor(value(tensorType(floats(shape(both)))), 'x')?.dims).toEqual(['n']);
  });

  it('skips a field of another wire type', () => {
    const textForSize = new MessageBytes().text(1, 'four').fields([varint(1, 4)]);
    const numberForType = new MessageBytes().fields([varint(1, 7)]);
    expect(declaredTensor(value(tensorType(floats(shape(textForSize)))), 'x')?.dims).toEqual([4]);
    expect(declaredTensor(value(numberForType), 'x')).toBeUndefined();
  });

  it('keeps a negative size', () => {
    const minusOne = new MessageBytes().fields([
      Uint8Array.of(8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1),
    ]);
    expect(declaredTensor(value(tensorType(floats(shape(minusOne)))), 'x')?.dims).toEqual([-1]);
  });

  it('refuses a message that ends too early', () => {
    expect(() => declaredTensor(value().subarray(0, 2), 'x')).toThrow(ModelError);
  });
});
