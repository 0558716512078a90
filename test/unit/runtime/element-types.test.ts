// Tensors of every element type that JavaScript's onnxruntime holds, of every shape, through kernels; every kind of attribute;
// optional and variadic inputs and outputs.

import '../../float16-bits.ts';
import type { Tensor as OrtTensor } from 'onnxruntime-common';
import { describe, expect, it } from 'vitest';
import { attributeToProto, ModelBuilder, onnx, type OnnxTypes } from '../../../src/onnx/index.ts';
import { install, sessionInfo, type OrtModule } from '../../../src/runtime/index.ts';
import {
  createData,
  defineOp,
  dtypes,
  float,
  float16Bits,
  floats,
  int,
  ints,
  missing,
  string,
  strings,
  tensorAttribute,
  zeros,
  type DType,
  type OpDefinition,
  type Tensor,
} from '../../../src/schema/index.ts';
import { copies, custom } from './copies.ts';

const why = missing('a test operator');

/** What the kernels saw. */
const seen: Record<string, unknown>[] = [];

/** Gives back x, and any number of others; z where it is given, else x. */
const echo: OpDefinition = defineOp({
  type: 'Echo',
  domain: 'test.types',
  version: 1,
  inputs: { x: 'T', z: 'T?', rest: 'T...' },
  outputs: { y: 'T', chosen: 'T', others: 'T...' },
  attributes: {},
  types: { T: dtypes },
  infer: ({ x, z, rest }) => ({ y: x, chosen: z ?? x, others: rest }),
  kernel: ({ x, z, rest }) => {
    seen.push({ x, z, rest });
    return { y: x, chosen: z ?? x, others: rest };
  },
  shader: why,
  body: why,
  grad: why,
});

/** Takes an attribute of every kind. */
const settings: OpDefinition = defineOp({
  type: 'Settings',
  domain: 'test.types',
  version: 1,
  inputs: { x: 'float32' },
  outputs: { y: 'float32' },
  attributes: {
    count: int(1),
    scale: float(1),
    text: string(''),
    sizes: ints([]),
    weights: floats([]),
    names: strings([]),
    table: tensorAttribute(zeros('int64', [0])),
  },
  types: {},
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x }, attributes) => {
    seen.push(attributes);
    return { y: x };
  },
  shader: why,
  body: why,
  grad: why,
});

for (const [, ort] of copies) install(ort, { ops: [echo, settings] });

/** Values of a type that show every byte of it. */
const valuesOf = (dtype: DType, size: number): Tensor['data'] => {
  const data = createData(dtype, size);
  for (let i = 0; i < size; i++) {
    if (Array.isArray(data)) data[i] = ['', 'ß', '日本', 'a b', '🙂'][i % 5]!;
    else if (data instanceof BigInt64Array) data[i] = [-(2n ** 63n), 2n ** 63n - 1n, -1n][i % 3]!;
    else if (data instanceof BigUint64Array) data[i] = [2n ** 64n - 1n, 2n ** 63n, 7n][i % 3]!;
    else if (dtype === 'bool') data[i] = i % 2;
    else if (dtype === 'float16') data[i] = float16Bits([0.5, -2, 65504, NaN][i % 4]!);
    else data[i] = [2 ** 31 - 1, -(2 ** 31), 200.5, -1.25, NaN][i % 5]!;
  }
  return data;
};

const shapes: readonly (readonly number[])[] = [[], [3], [0], [2, 0, 3], [1, 2, 1, 1, 3, 1, 1, 2]];
const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

const bytesOf = (data: unknown): unknown =>
  ArrayBuffer.isView(data)
    ? [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
    : data;

describe.each(copies)('%s', (_, ort: OrtModule) => {
  const toOrt = (dtype: DType, data: Tensor['data'], dims: readonly number[]): OrtTensor =>
    new ort.Tensor(dtype, data, dims);

  /** Segment, kernel, segment, kernel: the type crosses every kind of border, and starts and ends in a kernel. */
  const model = (dtype: DType): Uint8Array => {
    const builder = new ModelBuilder();
    const x = builder.input('x', dtype, undefined);
    const node = (inputs: string[], outputs: number) =>
      builder.node(
        outputs,
        'test.types',
        'Echo',
        inputs.map((name) => ({ name })),
        [],
      );
    const [first] = node([x.name], 1);
    const middle = builder.op('Identity', [first]);
    const [second, chosen, ...others] = node([middle.name, x.name, first!.name, middle.name], 4);
    builder.output(builder.op('Identity', [second], {}, { outputs: ['y'] }), 'y', dtype, undefined);
    const last = node([others[0]!.name], 1);
    for (const [name, value] of Object.entries({ chosen, last: last[0], other: others[1] })) {
      builder.output(value!, name, dtype, undefined);
    }
    const proto = onnx.ModelProto.decode(builder.build());
    proto.opsetImport.push({ domain: 'test.types', version: 1 });
    return onnx.ModelProto.encode(proto).finish();
  };

  it.each(dtypes.map((dtype) => [dtype] as const))(
    '%s passes kernels and segments bit for bit, as a scalar, empty, of rank 8',
    async (dtype) => {
      const session = await ort.InferenceSession.create(model(dtype), custom);
      expect(sessionInfo(session).kernels.length).toBe(3);
      expect(sessionInfo(session).segments.length).toBeGreaterThanOrEqual(2);
      for (const dims of shapes) {
        const data = valuesOf(dtype, sizeOf(dims));
        seen.length = 0;
        const results = await session.run({ x: toOrt(dtype, data, dims) });
        expect(Object.keys(results)).toEqual(['y', 'chosen', 'last', 'other']);
        for (const [name, result] of Object.entries(results)) {
          expect([name, result.type, [...result.dims]]).toEqual([name, dtype, [...dims]]);
          expect(bytesOf(result.data)).toEqual(bytesOf(data));
        }
        const own = createData(dtype, 0).constructor;
        for (const { x } of seen as { x: Tensor }[]) expect(x.data.constructor).toBe(own);
      }
      await session.release();
    },
  );

  it('float16 arrives in a kernel as bits where the engine has a Float16Array', async () => {
    const session = await ort.InferenceSession.create(model('float16'), custom);
    const bits = Uint16Array.of(float16Bits(1.5), float16Bits(-2));
    // What an engine with Float16Array hands out: a view of another class over the same bits.
    class Float16 extends Int16Array {}
    const tensor = toOrt('float16', bits, [2]);
    const view = new Float16(bits.buffer);
    const asView = new Proxy(tensor, {
      get: (target, key) => (key === 'data' ? view : (Reflect.get(target, key, target) as unknown)),
    });
    seen.length = 0;
    await session.run({ x: asView }).catch(() => undefined);
    expect((seen[0] as { x: Tensor }).x.data).toEqual(bits);
    await session.release();
  });

  const settled = (attributes: OnnxTypes.IAttributeProto[]): Uint8Array => {
    const builder = new ModelBuilder();
    const x = builder.input('x', 'float32', [1]);
    const [y] = builder.node(1, 'test.types', 'Settings', [x], attributes, { name: 'n' });
    builder.output(y!, 'y', 'float32', [1]);
    const proto = onnx.ModelProto.decode(builder.build());
    proto.opsetImport.push({ domain: 'test.types', version: 1 });
    return onnx.ModelProto.encode(proto).finish();
  };

  it('attributes of every kind reach the kernel, tensors of every type too', async () => {
    for (const dtype of dtypes) {
      const table = { dtype, dims: [2], data: valuesOf(dtype, 2) } as Tensor;
      const given = [
        attributeToProto('count', { int: -7 }),
        attributeToProto('scale', { float: 0.5 }),
        attributeToProto('text', { string: 'ß' }),
        attributeToProto('sizes', { ints: [1, -2] }),
        attributeToProto('weights', { floats: [0.5, 2] }),
        attributeToProto('names', { strings: ['a', ''] }),
        attributeToProto('table', { tensor: table }),
      ];
      const session = await ort.InferenceSession.create(settled(given), custom);
      seen.length = 0;
      await session.run({ x: toOrt('float32', Float32Array.of(1), [1]) });
      expect(seen).toEqual([
        {
          count: -7,
          scale: 0.5,
          text: 'ß',
          sizes: [1, -2],
          weights: [0.5, 2],
          names: ['a', ''],
          table,
        },
      ]);
      await session.release();
    }
  });

  it('a graph as an attribute is refused with the reason', async () => {
    const graph = { name: 'text', type: 5, g: { name: 'g', output: [{ name: 'x' }] } };
    await expect(ort.InferenceSession.create(settled([graph]), custom)).rejects.toThrow(
      /attribute text: its type must be int, float, string, a list of these, or tensor, got GRAPH/,
    );
  });
});
