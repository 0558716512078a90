// Weights stay where they are: in the model's file, in external files beside it, or in the bytes a session was created from.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as node from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelBuilder, onnx } from '../../../src/onnx/index.ts';
import { memorySource } from '../../../src/onnx/byte-source.ts';
import { readModel } from '../../../src/onnx/bytes-model.ts';
import { detachWeights, weightPlace } from '../../../src/onnx/bytes-weights.ts';
import { sessionInfo } from '../../../src/runtime/index.ts';
import { tensor } from '../../../src/schema/index.ts';
import { copies, custom } from './copies.ts';
import { floats } from './models.ts';
import { affine } from './operators.ts';

const size = 40;
const ramp = (start: number): Float32Array =>
  Float32Array.from({ length: size * size }, (_, i) => ((i * 37 + start) % 101) / 101 - 0.5);

/** x -> MatMul(a) -> Affine, its shift a large initialiser's only element read by the kernel -> MatMul(b) -> y. */
const layered = (): Uint8Array => {
  const model = new ModelBuilder({ opset: 17 });
  const x = model.input('x', 'float32', ['n', size]);
  const a = model.initializer('a', floats([...ramp(1)], [size, size]));
  const b = model.initializer('b', floats([...ramp(2)], [size, size]));
  const shift = model.initializer('shift', floats([3, ...new Array<number>(400).fill(0)]));
  const h = model.op('MatMul', [x, a]);
  const options = { name: 'middle', functionBody: false, types: { T: 'float32' } } as const;
  const { y } = model.customOp(affine, { x: h, shift }, { scale: 2 }, options);
  model.output(model.op('MatMul', [y!, b]), 'y', 'float32', ['n', size]);
  return model.build();
};

const matmul = (x: readonly number[], w: Float32Array): number[] =>
  Array.from({ length: size }, (_, j) => x.reduce((sum, v, i) => sum + v * w[i * size + j]!, 0));

const input = Array.from({ length: size }, (_, i) => i / size);
const expected = matmul(
  matmul(input, ramp(1)).map((v) => 2 * v + 3),
  ramp(2),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sharmix-weights-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
  return path;
};

/** The model with its initialisers in a file of their own, as `onnx.save(..., save_as_external_data=True)` writes it. */
const external = (location: string, length = (bytes: number): number => bytes) => {
  const model = onnx.ModelProto.decode(layered());
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const initializer of model.graph!.initializer!) {
    const data = initializer.rawData!;
    chunks.push(data);
    initializer.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
    initializer.externalData = [
      { key: 'location', value: location },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(length(data.length)) },
    ];
    initializer.rawData = new Uint8Array();
    offset += data.length;
  }
  return { bytes: onnx.ModelProto.encode(model).finish(), data: Buffer.concat(chunks) };
};

const run = async (
  create: Promise<node.InferenceSession>,
  ort: { readonly Tensor: typeof node.Tensor } = node,
): Promise<number[]> => {
  const session = await create;
  const x = new ort.Tensor('float32', Float32Array.from(input), [1, size]);
  const { y } = await session.run({ x });
  await session.release();
  return [...(y!.data as Float32Array)];
};

const close = (values: readonly number[]): void => {
  expect(values.length).toBe(size);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 3);
};

describe('a model read around its weights', () => {
  it('names the places of its large initialisers, whose bytes are what the model holds', () => {
    const bytes = layered();
    const { bytes: rest, detached } = detachWeights(memorySource(bytes), 'file', 'model');
    expect(detached).toBe(2 * size * size * 4 + 401 * 4);
    expect(rest.length).toBeLessThan(1500);
    const whole = onnx.ModelProto.decode(bytes).graph!.initializer!;
    for (const { name, bytes: head } of readModel(rest).graph.initializers) {
      const { location, offset, length } = weightPlace(head, name)!;
      expect(location).toBe('file');
      const data = whole.find((one) => one.name === name)!.rawData!;
      expect(Buffer.compare(bytes.subarray(offset, offset + length!), data)).toBe(0);
    }
  });

  it('finds packed floats as well as raw data', () => {
    const values = [...ramp(5)];
    const graph = {
      name: 'g',
      initializer: [
        { name: 'f', dataType: 1, dims: [size, size], floatData: values },
        { name: 'd', dataType: 11, dims: [size * size], doubleData: values },
        { name: 'i', dataType: 7, dims: [size * size], int64Data: values.map(() => 7) },
      ],
    };
    const bytes = onnx.ModelProto.encode({
      irVersion: 8,
      opsetImport: [{ version: 17 }],
      graph,
    }).finish();
    const { bytes: rest } = detachWeights(memorySource(bytes), 'file', 'model');
    const [f, d, i] = readModel(rest).graph.initializers;
    const at = weightPlace(f!.bytes, 'f')!;
    const read = new DataView(bytes.buffer, bytes.byteOffset + at.offset, at.length);
    expect(read.getFloat32(4, true)).toBe(Math.fround(values[1]!));
    expect(weightPlace(d!.bytes, 'd')!.length).toBe(size * size * 8);
    expect(weightPlace(i!.bytes, 'i')).toBeUndefined();
  });

  it('refuses data that are not as long as their shape says, naming the initialiser', () => {
    const model = onnx.ModelProto.decode(layered());
    model.graph!.initializer![1]!.dims = [size, size + 1];
    const bytes = onnx.ModelProto.encode(model).finish();
    expect(() => detachWeights(memorySource(bytes), 'file', 'm.onnx')).toThrow(
      'm.onnx: the data of initialiser "b" must have the 6560 bytes its shape and type say, got 6400 bytes',
    );
  });
});

describe.each(copies)('%s', (_, ort) => {
  it('runs a model from a path, from bytes, and from a view into a larger buffer', async () => {
    const bytes = layered();
    close(await run(ort.InferenceSession.create(write('plain.onnx', bytes), custom), ort));
    close(await run(ort.InferenceSession.create(bytes, custom), ort));
    const larger = new Uint8Array(bytes.length + 64);
    larger.set(bytes, 32);
    close(
      await run(ort.InferenceSession.create(larger.subarray(32, 32 + bytes.length), custom), ort),
    );
  });

  it('takes external data in memory', async () => {
    const { bytes, data } = external('weights.bin');
    const externalData = [{ path: 'weights.bin', data: new Uint8Array(data) }];
    close(await run(ort.InferenceSession.create(bytes, { ...custom, externalData }), ort));
  });
});

describe('onnxruntime-node', () => {
  it('reads external data beside the model and in folders below', async () => {
    for (const location of ['weights.bin', 'parts/weights.bin']) {
      const { bytes, data } = external(location);
      write(`beside/${location}`, data);
      const path = write('beside/model.onnx', bytes);
      close(await run(node.InferenceSession.create(path, custom)));
    }
  });

  it('follows links of the model and its data, as caches of model hubs make them', async () => {
    const { bytes, data } = external('weights.bin');
    write('blobs/1234', bytes);
    write('blobs/5678', data);
    mkdirSync(join(folder, 'snapshot'));
    symlinkSync('../blobs/1234', join(folder, 'snapshot/model.onnx'));
    symlinkSync('../blobs/5678', join(folder, 'snapshot/weights.bin'));
    close(await run(node.InferenceSession.create(join(folder, 'snapshot/model.onnx'), custom)));
  });

  it('refuses external data outside the folder, missing or too short, saying which', async () => {
    const cases: readonly (readonly [string, string, string])[] = [
      [
        '../../etc/passwd',
        'hostile',
        'the external data "../../etc/passwd" of initialiser "a" must be a file inside the model\'s folder, got a path that leaves it',
      ],
      [
        '/etc/passwd',
        'hostile',
        'the external data "/etc/passwd" of initialiser "a" must be a file inside the model\'s folder, got a path that leaves it',
      ],
      [
        'link.bin',
        'linked',
        'the external data "link.bin" of initialiser "a" must be a file inside the model\'s folder, got a link to',
      ],
      [
        'none.bin',
        'missing',
        'the external data "none.bin" of initialiser "a" must be a file inside the model\'s folder, got ENOENT',
      ],
      [
        'short.bin',
        'short',
        'the external data of initialiser "b" must be the bytes 6400 to 12800 of short.bin, got a file of 7000 bytes',
      ],
    ];
    for (const [location, name, message] of cases) {
      const { bytes, data } = external(location);
      const path = write(`${name}/model.onnx`, bytes);
      if (name === 'linked') symlinkSync('/etc/passwd', join(folder, 'linked/link.bin'));
      if (name === 'short') truncateSync(write('short/short.bin', data), 7000);
      const sources = name === 'hostile' ? [path, bytes] : [path];
      for (const source of sources) {
        const created = node.InferenceSession.create(source as string, custom);
        await expect(created).rejects.toThrow(message);
      }
    }
  });

  it('runs a model with more than 2 GB of weights from a path', async () => {
    const rows = 5_000_000;
    const width = 128;
    const model = new ModelBuilder({ opset: 17 });
    const ids = model.input('ids', 'int64', ['n']);
    const table = model.initializer('table', tensor('float32', ramp(0), [size, size]));
    const found = model.op('Gather', [table, ids]);
    const options = { functionBody: false, types: { T: 'float32' } } as const;
    const { y } = model.customOp(affine, { x: found }, { scale: 2 }, options);
    model.output(y!, 'y', 'float32', ['n', width]);
    const proto = onnx.ModelProto.decode(model.build());
    const big = proto.graph!.initializer![0]!;
    big.dims = [rows, width];
    big.rawData = new Uint8Array();
    big.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
    big.externalData = [{ key: 'location', value: 'table.bin' }];
    const path = write('big/model.onnx', onnx.ModelProto.encode(proto).finish());
    // A sparse file: only the last row is written.
    const file = write('big/table.bin', new Uint8Array());
    truncateSync(file, rows * width * 4);
    const { openSync, writeSync, closeSync } = await import('node:fs');
    const fd = openSync(file, 'r+');
    const last = Float32Array.from({ length: width }, (_, i) => i + 1);
    writeSync(fd, new Uint8Array(last.buffer), 0, width * 4, (rows - 1) * width * 4);
    closeSync(fd);
    const session = await node.InferenceSession.create(path, custom);
    const feed = new node.Tensor('int64', BigInt64Array.of(BigInt(rows - 1), 0n), [2]);
    const { y: out } = await session.run({ ids: feed });
    expect([...(out!.data as Float32Array).subarray(0, 3)]).toEqual([2, 4, 6]);
    expect((out!.data as Float32Array)[width]).toBe(0);
    await session.release();
  });
});

describe('a large initialiser that several segments could read', () => {
  /** Two MatMuls of one weight; the first before the Affine, and free to run after it or not. */
  const shared = (isFree: boolean): Uint8Array => {
    const model = new ModelBuilder({ opset: 17 });
    const wide = 160;
    const x = model.input('x', 'float32', ['n', wide]);
    const w = model.initializer(
      'w',
      floats(new Array<number>(wide * wide).fill(0.01), [wide, wide]),
    );
    const first = model.op('MatMul', [x, w]);
    const options = { functionBody: false, types: { T: 'float32' } } as const;
    const before = isFree ? model.op('Relu', [x]) : first;
    const { y } = model.customOp(affine, { x: before }, { scale: 2 }, options);
    const second = model.op('MatMul', [y!, w]);
    model.output(model.op('Add', [first, second]), 'y', 'float32', ['n', wide]);
    return model.build();
  };

  it('is kept in one segment where the graph allows it', async () => {
    const session = await node.InferenceSession.create(shared(true), custom);
    const info = sessionInfo(session);
    expect(info.segments).toHaveLength(2);
    expect(info.duplicates).toEqual([]);
    await session.release();
  });

  it('is reported as a duplicate where it does not', async () => {
    const session = await node.InferenceSession.create(shared(false), custom);
    const info = sessionInfo(session);
    expect(info.segments).toHaveLength(2);
    expect(info.duplicates).toEqual([{ name: 'w', bytes: 160 * 160 * 4, segments: 2 }]);
    await session.release();
  });
});
