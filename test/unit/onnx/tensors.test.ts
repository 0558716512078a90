// Tensors to TensorProto and back, and from the typed fields other exporters write.

import { describe, expect, it } from 'vitest';
import { onnx, tensorFromProto, tensorToProto } from '../../../src/onnx/index.ts';
import { DTypeError, ModelError, tensor, type Tensor } from '../../../src/schema/index.ts';

const { TensorProto } = onnx;

const tensors: readonly Tensor[] = [
  tensor('float32', Float32Array.of(0, -1.5, NaN, Infinity), [2, 2]),
  tensor('float64', Float64Array.of(Math.PI, -0), [2]),
  tensor('float16', Uint16Array.of(0x3c00, 0xfc00), [1, 2]),
  tensor('int8', Int8Array.of(-128, 127), [2]),
  tensor('uint8', Uint8Array.of(0, 255), [2]),
  tensor('int16', Int16Array.of(-32768, 32767), [2]),
  tensor('uint16', Uint16Array.of(0, 65535), [2]),
  tensor('int32', Int32Array.of(-2147483648, 2147483647), [2]),
  tensor('uint32', Uint32Array.of(0, 4294967295), [2]),
  tensor('int64', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n), [2]),
  tensor('uint64', BigUint64Array.of(0n, 2n ** 64n - 1n), [2]),
  tensor('bool', Uint8Array.of(1, 0), [2]),
  tensor('string', ['', 'Übergrößenträger', '日本'], [3]),
  tensor('float32', new Float32Array(0), [0, 3]),
  tensor('int64', BigInt64Array.of(7n), []),
];

/** Through the bytes of a message. */
const overTheWire = (proto: Parameters<typeof TensorProto.encode>[0]): Tensor =>
  tensorFromProto(TensorProto.decode(TensorProto.encode(proto).finish()));

describe('tensorToProto and tensorFromProto', () => {
  it.each(tensors.map((t) => ({ t, name: `${t.dtype} [${t.dims.join(', ')}]` })))(
    'keep $name to the last bit',
    ({ t }) => {
      expect(overTheWire(tensorToProto(t, 'weights'))).toEqual(t);
    },
  );

  it('copy the data, so that neither side sees later changes of the other', () => {
    const data = Float32Array.of(1, 2);
    const proto = tensorToProto(tensor('float32', data, [2]));
    data[0] = 9;
    const back = tensorFromProto(proto);
    expect(back.data[0]).toBe(1);
  });

  it('write a view into a larger buffer as the view alone', () => {
    const view = new Float32Array(Float32Array.of(1, 2, 3, 4).buffer, 4, 2);
    expect(overTheWire(tensorToProto(tensor('float32', view, [2]))).data).toEqual(
      Float32Array.of(2, 3),
    );
  });

  it.each([
    ['float_data', 1, { floatData: [1.5, -2] }, Float32Array.of(1.5, -2)],
    ['double_data', 11, { doubleData: [1.5, -2] }, Float64Array.of(1.5, -2)],
    ['int32_data of int8', 3, { int32Data: [-1, 2] }, Int8Array.of(-1, 2)],
    ['int32_data of float16', 10, { int32Data: [0x3c00, 0xfc00] }, Uint16Array.of(0x3c00, 0xfc00)],
    ['int32_data of bool', 9, { int32Data: [1, 0] }, Uint8Array.of(1, 0)],
    ['int64_data', 7, { int64Data: [-5, 2 ** 40] }, BigInt64Array.of(-5n, 2n ** 40n)],
    ['uint64_data of uint32', 12, { uint64Data: [1, 2 ** 32 - 1] }, Uint32Array.of(1, 2 ** 32 - 1)],
    ['uint64_data', 13, { uint64Data: [1, 2 ** 40] }, BigUint64Array.of(1n, 2n ** 40n)],
  ])('read %s', (_name, dataType, field, expected) => {
    expect(overTheWire({ dims: [2], dataType, ...field }).data).toEqual(expected);
  });

  it('refuse an element type that JavaScript has no array for, by its name', () => {
    expect(() => tensorFromProto({ name: 'w', dims: [1], dataType: 16 })).toThrow(DTypeError);
    expect(() => tensorFromProto({ name: 'w', dims: [1], dataType: 16 })).toThrow(
      /tensor w: .* got BFLOAT16/,
    );
  });

  it('refuse data of the wrong size', () => {
    expect(() =>
      tensorFromProto({ name: 'w', dims: [3], dataType: 1, rawData: new Uint8Array(8) }),
    ).toThrow(/tensor w: data of shape \[3\] must have 3 elements, got 2/);
    expect(() => tensorFromProto({ name: 'w', dims: [3], dataType: 1, floatData: [1] })).toThrow(
      ModelError,
    );
  });

  it('refuse data that lies in another file, with the way out', () => {
    expect(() =>
      tensorFromProto({
        name: 'w',
        dims: [1],
        dataType: 1,
        dataLocation: TensorProto.DataLocation.EXTERNAL,
      }),
    ).toThrow(/inside the model.*Hint/);
  });

  it('refuse strings that are no UTF-8', () => {
    expect(() =>
      tensorFromProto({ dims: [1], dataType: 8, stringData: [Uint8Array.of(0xff)] }),
    ).toThrow(/UTF-8/);
  });
});
