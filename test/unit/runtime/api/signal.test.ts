// Cancelled runs: the signal among the run options.

import { beforeAll, afterAll, describe, expect, it, vi } from 'vitest';
import type { InferenceSession } from 'onnxruntime-common';
import { ModelBuilder } from '../../../../src/onnx/index.ts';
import { inTurn } from '../../../../src/runtime/abort.ts';
import { install, type OrtModule } from '../../../../src/runtime/index.ts';
import { TaskQueue } from '../../../../src/runtime/queue.ts';
import { defineOp, missing, type OpDefinition } from '../../../../src/schema/index.ts';
import { copies, custom } from '../copies.ts';
import { sandwich } from '../models.ts';
import { prototypeOf } from './prototype.ts';

const why = missing('a test operator');

/** What the operator Step does beside copying its input, and the calls it has seen. */
const step: { before: () => void | Promise<void>; calls: number } = {
  before: () => undefined,
  calls: 0,
};

const stepOp: OpDefinition = defineOp({
  type: 'Step',
  domain: 'test.signal',
  version: 1,
  inputs: { x: 'T' },
  outputs: { y: 'T' },
  attributes: {},
  types: { T: ['float32'] },
  infer: ({ x }) => ({ y: x }),
  kernel: async ({ x }) => {
    step.calls++;
    await step.before();
    return { y: { ...x, data: x.data.slice() } as typeof x };
  },
  shader: why,
  body: why,
  grad: why,
});

/** x -> Step -> Abs -> Step -> Abs -> Step -> y */
const chain = (): Uint8Array => {
  const model = new ModelBuilder();
  let value = model.input('x', 'float32', [2]);
  for (let i = 0; i < 3; i++) {
    const { y } = model.customOp(stepOp, { x: value }, {}, { functionBody: false });
    value = i < 2 ? model.op('Abs', [y!]) : y!;
  }
  model.output(model.op('Identity', [value], {}, { outputs: ['y'] }), 'y', 'float32', [2]);
  return model.build();
};

/** The reason a promise rejects with, and not an error around it. */
const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it resolved',
    (error: unknown) => error,
  );

describe.each(copies)('%s: a run with a signal', (_, ort: OrtModule) => {
  install(ort, { ops: [stepOp] });
  let session: InferenceSession;
  beforeAll(async () => {
    session = await ort.InferenceSession.create(chain(), custom);
  });
  afterAll(() => session.release());
  const feeds = { x: new ort.Tensor('float32', [1, 2], [2]) };
  const fresh = (before: () => void | Promise<void> = () => undefined): void => {
    step.before = before;
    step.calls = 0;
  };
  const worksOn = async (): Promise<void> => {
    fresh();
    const { y } = await session.run(feeds);
    expect([...(y!.data as Float32Array)]).toEqual([1, 2]);
  };

  it('that is not aborted runs as without', async () => {
    fresh();
    const { signal } = new AbortController();
    const { y } = await session.run(feeds, { signal });
    expect([...(y!.data as Float32Array)]).toEqual([1, 2]);
    expect(await session.run(feeds, ['y'], { signal, tag: 'x' })).toHaveProperty('y');
    expect(await session.run(feeds, { signal: undefined })).toHaveProperty('y');
    expect(step.calls).toBe(9);
  });

  it('that was aborted before rejects with its reason, and nothing runs', async () => {
    fresh();
    const reason = new Error('changed my mind');
    expect(await reasonOf(session.run(feeds, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const plain = await reasonOf(session.run(feeds, { signal: AbortSignal.abort() }));
    expect((plain as Error).name).toBe('AbortError');
    expect(step.calls).toBe(0);
    await worksOn();
  });

  it('that is aborted during a kernel stops before the next step', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    fresh(() => {
      if (step.calls === 2) controller.abort(reason);
    });
    const spy = vi.spyOn(prototypeOf(ort), 'run');
    expect(await reasonOf(session.run(feeds, { signal: controller.signal }))).toBe(reason);
    expect(step.calls).toBe(2);
    // The run itself, and the one segment between the first two kernels.
    expect(spy).toHaveBeenCalledTimes(2);
    spy.mockRestore();
    await worksOn();
  });

  it('that is aborted in its last step rejects too', async () => {
    const controller = new AbortController();
    fresh(() => {
      if (step.calls === 3) controller.abort('late');
    });
    expect(await reasonOf(session.run(feeds, { signal: controller.signal }))).toBe('late');
    await worksOn();
  });

  it('may have a time limit', async () => {
    fresh(() => new Promise((resolve) => setTimeout(resolve, 30)));
    const error = await reasonOf(session.run(feeds, { signal: AbortSignal.timeout(5) }));
    expect((error as Error).name).toBe('TimeoutError');
    expect(step.calls).toBe(1);
    await worksOn();
  });

  it('is cancelled alone: other runs go on', async () => {
    const controller = new AbortController();
    fresh(() => new Promise((resolve) => setTimeout(resolve, 5)));
    const cancelled = reasonOf(session.run(feeds, { signal: controller.signal }));
    const other = session.run(feeds);
    controller.abort('one');
    expect(await cancelled).toBe('one');
    expect([...((await other)['y']!.data as Float32Array)]).toEqual([1, 2]);
    await worksOn();
  });

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    fresh();
    await session.run(feeds, { signal });
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  });

  it.each([['a string'], [{}], [null], [1]])(
    'that is no AbortSignal (%j) is refused',
    async (signal) => {
      await expect(session.run(feeds, { signal: signal as never })).rejects.toThrow(
        /the run option signal must be an AbortSignal/,
      );
      await expect(session.run(feeds, { signal: signal as never })).rejects.toThrow(TypeError);
    },
  );

  it('works for a model without custom nodes through the provider', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [2]);
    model.output(model.op('Abs', [x], {}, { outputs: ['y'] }), 'y', 'float32', [2]);
    const plain = await ort.InferenceSession.create(model.build(), custom);
    expect(await reasonOf(plain.run(feeds, { signal: AbortSignal.abort('no') }))).toBe('no');
    const { signal } = new AbortController();
    expect(await plain.run(feeds, { signal })).toHaveProperty('y');
    await plain.release();
  });

  it('is waited for by a release', async () => {
    const own = await ort.InferenceSession.create(chain(), custom);
    const controller = new AbortController();
    fresh(() => new Promise((resolve) => setTimeout(resolve, 5)));
    const run = reasonOf(own.run(feeds, { signal: controller.signal }));
    const released = own.release();
    controller.abort('gone');
    expect(await run).toBe('gone');
    await released;
    await expect(own.run(feeds)).rejects.toThrow(/must not be used after it was released/);
  });

  it('needs no custom signal in onnxruntime’s options: they are handed on without it', async () => {
    const own = await ort.InferenceSession.create(sandwich(), custom);
    const spy = vi.spyOn(prototypeOf(ort), 'run');
    const { signal } = new AbortController();
    await own.run({ x: new ort.Tensor('float32', [1, 1], [1, 2]) }, { signal, tag: 'mine' });
    const inner = spy.mock.calls.slice(1).map((call) => call.at(-1));
    expect(inner).toHaveLength(2);
    for (const options of inner) {
      expect(options).toHaveProperty('tag', 'mine');
      expect(options).not.toHaveProperty('signal');
    }
    spy.mockRestore();
    await own.release();
  });
});

describe('a task that waits for its turn', () => {
  it('is rejected at once by the signal and never starts; those behind it do', async () => {
    const queue = new TaskQueue();
    const controller = new AbortController();
    let open: () => void = () => undefined;
    const first = inTurn(queue, undefined, () => new Promise<void>((resolve) => (open = resolve)));
    const task = vi.fn<() => Promise<number>>(() => Promise.resolve(2));
    const second = reasonOf(inTurn(queue, controller.signal, task));
    const third = inTurn(queue, new AbortController().signal, () => Promise.resolve(3));
    controller.abort('skip');
    expect(await second).toBe('skip');
    open();
    await first;
    expect(await third).toBe(3);
    expect(task).not.toHaveBeenCalled();
  });

  it('passes on what the task rejects with', async () => {
    const { signal } = new AbortController();
    const failing = inTurn(new TaskQueue(), signal, () => Promise.reject(new Error('inside')));
    await expect(failing).rejects.toThrow('inside');
  });
});
