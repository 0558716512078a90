// Values of a WebGPU session: on the GPU from end to end, of types a GPU buffer cannot hold, empty, in buffers of the caller; and
// how many buffers live before and after.

import * as ort from 'onnxruntime-web/webgpu';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sharmix } from '../../../ops/sharmix/index.ts';
import { decodeModel, ModelBuilder, onnx } from '../../../src/onnx/index.ts';
import { install, sessionInfo } from '../../../src/runtime/index.ts';
import { tensor } from '../../../src/schema/index.ts';
import { chainReference, expectClose } from './chain-reference.ts';
import { readFloats } from './device.ts';
import { largest, positive, same } from './gpu-operators.ts';
import { chain } from './runtime-models.ts';

install(ort, { ops: [sharmix, same, largest, positive] });

const webgpu = { executionProviders: [{ name: 'custom-ops', inner: ['webgpu'] }] } as const;
const onGpu = { ...webgpu, preferredOutputLocation: 'gpu-buffer' } as const;
const own = { functionBody: false } as const;

const inputs = (seed: number, count: number): ort.Tensor => {
  const data = Float32Array.from({ length: count * 3 }, (_, i) => 3 * Math.sin(seed + 1.7 * i));
  return new ort.Tensor('float32', data, [count, 3]);
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a chain of sessions and shaders', () => {
  it('maps no buffer: nothing is read back from the feeds to the outputs', async () => {
    const session = await ort.InferenceSession.create(chain(), onGpu);
    const x = inputs(1, 7);
    const mapped = vi.spyOn(GPUBuffer.prototype, 'mapAsync');
    const results = await session.run({ x });
    expect(mapped).not.toHaveBeenCalled();
    expect(sessionInfo(session)).toMatchObject({ readbacks: 0, segments: { length: 3 } });
    const { y } = results;
    await y!.getData(true);
    expect(mapped).toHaveBeenCalledTimes(1);
    expectClose(y, chainReference(x.data as Float32Array).y, 5e-5);
    for (const one of Object.values(results)) one.dispose();
    await session.release();
  });

  it('puts outputs where the caller prefers each', async () => {
    const session = await ort.InferenceSession.create(chain(), {
      ...webgpu,
      preferredOutputLocation: { y: 'gpu-buffer', p: 'cpu', logits: 'gpu-buffer' },
    });
    const { y, p, logits } = await session.run({ x: inputs(2, 2) });
    expect([y, p, logits].map((one) => one!.location)).toEqual(['gpu-buffer', 'cpu', 'gpu-buffer']);
    for (const one of [y!, logits!]) one.dispose();
    await session.release();
  });

  it('fills buffers of the caller, and refuses those that do not fit', async () => {
    const session = await ort.InferenceSession.create(chain(), webgpu);
    const x = inputs(3, 2);
    const device: GPUDevice = await ort.env.webgpu.device;
    const make = (dims: readonly number[], usage = 0x80 | 4 | 8): ort.Tensor =>
      ort.Tensor.fromGpuBuffer(device.createBuffer({ size: 32, usage }), {
        dataType: 'float32',
        dims,
        download: () => readFloats(device, tensorOf.gpuBuffer, 6),
      });
    let tensorOf = make([2, 3]);
    const wanted = chainReference(x.data as Float32Array);
    for (const name of ['p', 'y'] as const) {
      tensorOf = make([2, 3]);
      const results = await session.run({ x }, { [name]: tensorOf });
      expect(results[name]).toBe(tensorOf);
      await tensorOf.getData();
      expectClose(tensorOf, wanted[name], 5e-5);
    }
    await expect(session.run({ x }, { p: make([3, 2]) })).rejects.toThrow(
      /tensor given for output "p" must be float32 of shape \[2, 3\], got float32 of shape \[3, 2\]/,
    );
    await expect(session.run({ x }, { p: make([2, 3], 0x80) })).rejects.toThrow(/COPY_DST/);
    expectClose((await session.run({ x }))['y'], wanted.y, 5e-5);
    await session.release();
  });
});

describe('types at the borders', () => {
  const feeds = {
    float64: new Float64Array([1.5, -2, 3]),
    int64: new BigInt64Array([1n, -2n, 2n ** 60n]),
    int32: new Int32Array([1, -2, 3]),
    bool: new Uint8Array([1, 0, 1]),
    uint8: new Uint8Array([1, 200, 3]),
    int8: new Int8Array([1, -100, 3]),
    string: ['one', '', 'drei 😀'],
  } as const;
  it.each(Object.keys(feeds) as (keyof typeof feeds)[])(
    'carry %s through sessions and a kernel',
    async (dtype) => {
      const model = new ModelBuilder();
      const x = model.input('x', dtype, ['N']);
      const first = model.op('Identity', [x]);
      const { y: carried } = model.customOp(
        same,
        { x: first },
        {},
        { ...own, types: { T: dtype } },
      );
      const last = model.op('Identity', [carried], {}, { outputs: ['y'] });
      model.output(last, 'y', dtype, ['N']);
      const session = await ort.InferenceSession.create(model.build(), webgpu);
      for (let i = 0; i < 3; i++) {
        const { y } = await session.run({ x: new ort.Tensor(dtype, feeds[dtype], [3]) });
        expect([...(y!.data as Iterable<unknown>)]).toEqual([...feeds[dtype]]);
      }
      await session.release();
    },
  );

  it('carry several outputs of one kernel, each to its reader', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', ['N', 3]);
    const two = model.initializer('two', tensor('float32', new Float32Array([2]), [1]));
    const { value, place, negative } = model.customOp(
      largest,
      { x: model.op('Mul', [x, two]) },
      {},
      { ...own, outputs: { place: 'place' } },
    );
    const asFloat = model.op('Cast', [negative], { to: { int: 1 } });
    model.output(model.op('Add', [value, asFloat], {}, { outputs: ['y'] }), 'y', 'float32', ['N']);
    model.output(place!, 'place', 'int64', ['N']);
    const session = await ort.InferenceSession.create(model.build(), webgpu);
    const feeds = { x: new ort.Tensor('float32', [1, 5, 2, -1, -7, -2], [2, 3]) };
    const results = await session.run(feeds);
    expectClose(results['y'], [10, -1], 1e-6);
    expect([...(results['place']!.data as BigInt64Array)]).toEqual([1n, 0n]);
    expect(sessionInfo(session).readbacks).toBe(1);
    await session.release();
  });

  it('carry empty tensors through sessions, shaders and kernels, to either place', async () => {
    for (const options of [webgpu, onGpu]) {
      const session = await ort.InferenceSession.create(chain(), options);
      const results = await session.run({
        x: new ort.Tensor('float32', new Float32Array(), [0, 3]),
      });
      for (const name of ['y', 'p', 'logits']) expect(results[name]!.dims).toEqual([0, 3]);
      expectClose(
        await runOnCpu(session, inputs(1, 1)),
        chainReference(inputs(1, 1).data as Float32Array).y,
        5e-5,
      );
      await session.release();
    }
  });

  it('hand an input that is an output too to the caller as a copy, wherever it is', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [1, 3]);
    const { probabilities } = model.customOp(
      sharmix,
      { logits: x },
      {},
      { outputs: { probabilities: 'p' } },
    );
    model.output(probabilities!, 'p', 'float32', [1, 3]);
    const proto = decodeModel(model.build(), 'test');
    proto.graph!.output!.push(proto.graph!.input![0]!);
    const bytes = onnx.ModelProto.encode(proto).finish();
    const session = await ort.InferenceSession.create(bytes, onGpu);
    const feed = new ort.Tensor('float32', [3, 0, -1], [1, 3]);
    const first = await session.run({ x: feed });
    const second = await session.run({ x: first['x']! });
    first['x']!.dispose();
    expectClose(await onCpu(second['x']!), [3, 0, -1], 1e-7);
    await session.release();
  });
});

describe('buffers', () => {
  /** Buffers of ours on the device that are alive. */
  const count = async (): Promise<() => number> => {
    const device: GPUDevice = await ort.env.webgpu.device;
    const create = device.createBuffer.bind(device);
    const alive = new Set<GPUBuffer>();
    vi.spyOn(device, 'createBuffer').mockImplementation((descriptor) => {
      const buffer = create(descriptor);
      if (descriptor.label?.startsWith('sharmix') === true) alive.add(buffer);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        alive.delete(buffer);
        destroy();
      };
      return buffer;
    });
    return () => alive.size;
  };

  it('are the same number after 1,000 runs as after the first, and none after release', async () => {
    const keeper = await ort.InferenceSession.create(chain(), webgpu);
    const alive = await count();
    const session = await ort.InferenceSession.create(chain(), webgpu);
    await session.run({ x: inputs(0, 10) });
    const first = alive();
    expect(first).toBeGreaterThan(0);
    for (let i = 0; i < 1000; i++) await session.run({ x: inputs(i, 10) });
    expect(alive()).toBe(first);
    await session.release();
    expect(alive()).toBe(0);
    await keeper.release();
  });

  it('are freed when the caller disposes of outputs that stay on the GPU', async () => {
    const keeper = await ort.InferenceSession.create(chain(), webgpu);
    const alive = await count();
    const session = await ort.InferenceSession.create(chain(), onGpu);
    const kept = [];
    for (let i = 0; i < 20; i++)
      kept.push(...Object.values(await session.run({ x: inputs(i, 10) })));
    const many = alive();
    for (const one of kept) one.dispose();
    for (let i = 0; i < 20; i++) {
      for (const one of Object.values(await session.run({ x: inputs(i, 10) }))) one.dispose();
    }
    expect(alive()).toBe(many);
    await session.release();
    expect(alive()).toBe(0);
    await keeper.release();
  });

  it('are freed after runs that fail: in a kernel, in onnxruntime, at an output', async () => {
    const keeper = await ort.InferenceSession.create(chain(), webgpu);
    const alive = await count();
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', ['N', 3]);
    const w = model.input('w', 'float32', ['K', 3]);
    const p = model.customOp(sharmix, { logits: x }, {}, { types: { T: 'float32' } })[
      'probabilities'
    ]!;
    const shifted = model.op('MatMul', [p, w], {}, { outputs: ['product'] });
    const { y } = model.customOp(positive, { x: shifted }, {}, { ...own, name: 'check' });
    const two = model.initializer('two', tensor('float32', new Float32Array([2]), [1]));
    model.output(model.op('Mul', [y, two], {}, { outputs: ['y'] }), 'y', 'float32', ['N', 3]);
    model.output(p, p.name, 'float32', ['N', 3]);
    const session = await ort.InferenceSession.create(model.build(), onGpu);
    const eye = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    const good = { x: inputs(1, 4), w: new ort.Tensor('float32', eye, [3, 3]) };
    const run = async (): Promise<void> => {
      const results = await session.run(good);
      const values = await onCpu(results['y']!);
      const expected = await onCpu(results[p.name]!);
      expectClose(
        values,
        Array.from(expected.data as Float32Array, (v) => 2 * v),
        1e-6,
      );
      for (const one of Object.values(results)) one.dispose();
    };
    await run();
    const first = alive();
    const negative = new ort.Tensor(
      'float32',
      eye.map((v) => -v),
      [3, 3],
    );
    const tooLong = new ort.Tensor('float32', new Float32Array(15), [5, 3]);
    for (let i = 0; i < 10; i++) {
      await expect(session.run({ ...good, w: negative })).rejects.toThrow(
        /node "check".*a negative value/,
      );
    }
    expect(alive()).toBe(first);
    await run();
    // onnxruntime keeps the inputs of a failed run bound: its session is made again.
    for (let i = 0; i < 3; i++) {
      await expect(session.run({ ...good, w: tooLong })).rejects.toThrow(/MatMul/);
      await run();
    }
    const wrong = { [p.name]: null, y: new ort.Tensor('float32', new Float32Array(3), [1, 3]) };
    for (let i = 0; i < 10; i++) {
      await expect(session.run(good, wrong)).rejects.toThrow(/output "y"/);
    }
    await run();
    expect(alive()).toBe(first);
    expect(sessionInfo(session).rebuilds).toBe(0);
    await session.release();
    expect(alive()).toBe(0);
    await keeper.release();
  });
});

const onCpu = async (gpu: ort.Tensor): Promise<ort.Tensor> =>
  new ort.Tensor('float32', (await gpu.getData(true)) as Float32Array, gpu.dims);

const runOnCpu = async (session: ort.InferenceSession, x: ort.Tensor): Promise<ort.Tensor> =>
  onCpu((await session.run({ x }))['y']!);
