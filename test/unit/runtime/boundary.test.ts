// Values that JavaScript cannot hold, where a custom node divides the graph: small numbers are cast, sequences stay in one segment,
// and what is impossible is told before onnxruntime is asked.

import { describe, expect, it } from 'vitest';
import { attributeToProto, ModelBuilder, onnx } from '../../../src/onnx/index.ts';
import { sessionInfo, type OrtModule } from '../../../src/runtime/index.ts';
import type { BodyValue, NodeAttribute } from '../../../src/schema/index.ts';
import { copies, custom } from './copies.ts';
import { floats } from './models.ts';
import { affine } from './operators.ts';

const T = { T: 'float32' } as const;
const opset = { opset: 21 } as const;

/** x -> Cast to a type -> read on both sides of a custom node. */
const crossing = (to: number): Uint8Array => {
  const model = new ModelBuilder(opset);
  const x = model.input('x', 'float32', [3]);
  const small = model.op('Cast', [x], { to: { int: to } }, { outputs: ['small'] });
  const before = model.op('Cast', [small], { to: { int: 1 } });
  const { y } = model.customOp(
    affine,
    { x: before },
    { scale: 1 },
    { functionBody: false, types: T },
  );
  const after = model.op('Cast', [small], { to: { int: 1 } });
  model.output(model.op('Add', [y, after], {}, { outputs: ['sum'] }), 'sum', 'float32', [3]);
  const huge = model.scalar('float32', 2 ** 120);
  // Reads the small value where only what comes after the custom node can: the cut crosses it.
  const condition = model.op('Less', [model.op('ReduceMax', [y], { keepdims: { int: 0 } }), huge]);
  const branch: NodeAttribute = {
    graph: (g) => ({
      inputs: [],
      outputs: [{ value: g.op('Cast', [small], { to: { int: 1 } }), dtype: 'float32', rank: 1 }],
    }),
  };
  const late = model.op('If', [condition], { then_branch: branch, else_branch: branch });
  model.output(late, 'late', 'float32', [3]);
  return model.build();
};

const outputOf = (to: number): Uint8Array => {
  const model = new ModelBuilder(opset);
  const x = model.input('x', 'float32', [3]);
  const { y } = model.customOp(affine, { x }, {}, { functionBody: false, types: T });
  model.output(y!, 'y', 'float32', [3]);
  const proto = onnx.ModelProto.decode(model.build());
  const cast = { to: { int: to } } as const;
  proto.graph!.node!.push({
    opType: 'Cast',
    input: ['x'],
    output: ['small'],
    attribute: [attributeToProto('to', cast.to)],
  });
  proto.graph!.output!.push({ name: 'small' });
  return onnx.ModelProto.encode(proto).finish();
};

/** A sequence made before a custom node, and read after it at a place that the custom node gives. */
const sequences = (isForced: boolean): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', [2]);
  const list = model.op('SequenceConstruct', [x, model.op('Neg', [x])], {}, { name: 'list' });
  const from: BodyValue = isForced ? model.op('SequenceAt', [list, model.scalar('int64', 0)]) : x;
  const { y } = model.customOp(affine, { x: from }, {}, { functionBody: false, types: T });
  const place = model.op('Cast', [model.op('ReduceMin', [y], { keepdims: { int: 0 } })], {
    to: { int: 7 },
  });
  const at = model.op('SequenceAt', [list, model.op('Min', [place, model.scalar('int64', 1)])]);
  model.output(model.op('Abs', [at], {}, { outputs: ['z'] }), 'z', 'float32', [2]);
  return model.build();
};

describe.each(copies)('%s', (_, ort: OrtModule) => {
  const create = (bytes: Uint8Array) => ort.InferenceSession.create(bytes, custom);
  const feeds = (values: number[]) => ({
    x: new ort.Tensor('float32', Float32Array.from(values), [values.length]),
  });

  it.each([
    ['bfloat16', 16, [1.00390625, -3, 2 ** 100], [1, -3, 2 ** 100]],
    ['float8e4m3fn', 17, [1.03, -3, 100], [1, -3, 96]],
    ['float8e5m2', 19, [1.03, -3, 100], [1, -3, 96]],
    ['uint4', 21, [1, 15, 7], [1, 15, 7]],
    ['int4', 22, [-8, 7, -1], [-8, 7, -1]],
  ])('%s crosses a cut cast to a wider type inside the segments', async (name, to, x, small) => {
    const session = await create(crossing(to));
    const results = await session.run(feeds(x));
    expect([...(results['sum']!.data as Float32Array)]).toEqual(small.map((v) => 2 * v));
    expect([...(results['late']!.data as Float32Array)]).toEqual(small);
    const { segments } = sessionInfo(session);
    expect(segments.map(({ outputs }) => outputs.includes('small'))).toEqual([false, false]);
    expect(segments[1]!.inputs).toContain(`small/${name}`);
    await session.release();
  });

  it.each([
    ['int4', 22],
    ['uint4', 21],
    ['bfloat16', 16],
    ['complex64', 14],
  ])('an output of %s is refused, naming value and type', async (name, to) => {
    await expect(create(outputOf(to))).rejects.toThrow(
      `model: the output "small" must be of a type that JavaScript holds, got ${name}. Hint: cast it in the model.`,
    );
  });

  it('a sequence moves the cut: what makes it and what reads it share a segment', async () => {
    const session = await create(sequences(false));
    expect(sessionInfo(session).segments.map(({ nodes }) => nodes)).toEqual([7]);
    const { z } = await session.run(feeds([1, 2]));
    expect([...(z!.data as Float32Array)]).toEqual([1, 2]);
    await session.release();
  });

  it('a sequence that a custom node divides by force is refused, naming value and type', async () => {
    await expect(create(sequences(true))).rejects.toThrow(
      /^model: the value "sequenceconstruct_1" between node "list" \(SequenceConstruct\) and node "sequenceat_\d" \(SequenceAt\) must be a tensor that JavaScript holds, because a custom operator divides the graph there, got a sequence/,
    );
  });

  it('gives every standard node a session of its own with cut: every-node', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', ['N']);
    const a = model.op('Abs', [model.op('Neg', [x])], {}, { outputs: ['a'] });
    model.output(model.op('Exp', [a], {}, { outputs: ['y'] }), 'y', 'float32', ['N']);
    const provider = { name: 'custom-ops', cut: 'every-node' } as const;
    const session = await ort.InferenceSession.create(model.build(), {
      executionProviders: [provider],
    });
    expect(sessionInfo(session).segments.map(({ nodes }) => nodes)).toEqual([1, 1, 1]);
    expect([...((await session.run(feeds([0])))['y']!.data as Float32Array)]).toEqual([1]);
    await session.release();
    await expect(
      ort.InferenceSession.create(model.build(), {
        executionProviders: [{ ...provider, cut: 'some' as 'fewest' }],
      }),
    ).rejects.toThrow(
      /cut of the provider custom-ops must be 'fewest' or 'every-node', got "some"/,
    );
  });

  it('every node gets a session of its own, but those joined by a sequence share one', async () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [2]);
    const list = model.op('SequenceConstruct', [model.op('Neg', [x]), x]);
    const whole = model.op('ConcatFromSequence', [list], { axis: { int: 0 } });
    model.output(model.op('Abs', [whole], {}, { outputs: ['y'] }), 'y', 'float32', [4]);
    const session = await ort.InferenceSession.create(model.build(), {
      executionProviders: [{ name: 'custom-ops', cut: 'every-node' }],
    });
    expect(sessionInfo(session).segments.map(({ nodes }) => nodes)).toEqual([1, 2, 1]);
    const { y } = await session.run(feeds([1, -2]));
    expect([...(y!.data as Float32Array)]).toEqual([1, 2, 1, 2]);
    await session.release();
  });

  it('shapes are told to onnxruntime only where the model or an operator tells them', async () => {
    // Neg's shape is unknown to us although onnxruntime's metadata would show a scalar alike as [].
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', undefined);
    const { y } = model.customOp(affine, { x }, {}, { functionBody: false, types: T });
    const neg = model.op('Neg', [y]);
    const again = model.customOp(affine, { x: neg }, {}, { functionBody: false, types: T });
    const w = model.initializer('w', floats([1, 1], [1, 2]));
    model.output(
      model.op('Add', [again['y'], w], {}, { outputs: ['z'] }),
      'z',
      'float32',
      undefined,
    );
    const session = await create(model.build());
    for (const dims of [[], [2], [3, 2], [1, 4, 1, 2]]) {
      const size = dims.reduce((a, b) => a * b, 1);
      const results = await session.run({
        x: new ort.Tensor('float32', new Float32Array(size).fill(1), dims),
      });
      expect(results['z']!.dims).toEqual([
        ...dims.slice(0, -2),
        dims.length > 1 ? dims.at(-2) : 1,
        2,
      ]);
      expect([...(results['z']!.data as Float32Array)]).toEqual(
        new Array<number>(Math.max(size, 2)).fill(-3),
      );
    }
    await session.release();
  });
});
