// Bad input: files that are no models, unknown operators, wrong feeds, sessions used after release. Nothing is lost by any of them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelBuilder, onnx, type OnnxTypes } from '../../../src/onnx/index.ts';
import type { OrtModule } from '../../../src/runtime/index.ts';
import {
  DTypeError,
  ModelError,
  RuntimeError,
  SchemaError,
  ShapeError,
} from '../../../src/schema/index.ts';
import { copies, custom } from './copies.ts';
import { sandwich } from './models.ts';
import { affine, parts } from './operators.ts';

const T = { T: 'float32' } as const;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runtime-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(copies)('%s', (_, ort: OrtModule) => {
  const create = (model: Uint8Array | string): Promise<InferenceSession> =>
    typeof model === 'string'
      ? ort.InferenceSession.create(model, custom)
      : ort.InferenceSession.create(model, custom);
  const x = (values: number[], dims: number[]) =>
    new ort.Tensor('float32', Float32Array.from(values), dims);

  describe('a file', () => {
    it('is read from its path', async () => {
      const path = join(folder, 'model.onnx');
      await writeFile(path, sandwich());
      const session = await create(path);
      expect((await session.run({ x: x([1, 1], [1, 2]) }))['y']!.dims).toEqual([1, 2]);
      await session.release();
    });

    it('that is missing is told by its path', async () => {
      const path = join(folder, 'none.onnx');
      await expect(create(path)).rejects.toThrow(RuntimeError);
      await expect(create(path)).rejects.toThrow(
        `${path}: the model must be a file that can be read`,
      );
    });

    it('that is no ONNX model is told by its path', async () => {
      const path = join(folder, 'page.onnx');
      await writeFile(path, '<!doctype html><title>Not found</title>');
      await expect(create(path)).rejects.toThrow(ModelError);
      await expect(create(path)).rejects.toThrow(`${path}: the file must be`);
    });

    it('that is truncated is told', async () => {
      const bytes = sandwich();
      await expect(create(bytes.subarray(0, bytes.length / 2))).rejects.toThrow(ModelError);
      await expect(create(bytes.subarray(0, bytes.length - 1))).rejects.toThrow(
        /must be a whole ONNX model/,
      );
      await expect(create(new Uint8Array())).rejects.toThrow(/no bytes/);
    });
  });

  describe('a graph', () => {
    const changed = (
      change: (graph: OnnxTypes.IGraphProto) => void,
      bytes = sandwich(),
    ): Uint8Array => {
      const proto = onnx.ModelProto.decode(bytes);
      change(proto.graph!);
      return onnx.ModelProto.encode(proto).finish();
    };
    const node = (graph: OnnxTypes.IGraphProto, type: string): OnnxTypes.INodeProto =>
      graph.node!.find(({ opType }) => opType === type)!;

    it('with an unknown custom operator names node, operator and the way out', async () => {
      const bytes = changed((graph) => {
        node(graph, 'Affine').opType = 'Mystery';
      });
      await expect(create(bytes)).rejects.toThrow(RuntimeError);
      await expect(create(bytes)).rejects.toThrow(
        /^model: node "middle" \(test\.ops::Mystery\) needs the operator test\.ops@1::Mystery, which is neither installed nor a function of the model, got installed: .*test\.ops@1::Affine.*\. Hint: install\(ort, \{ ops: \[\.\.\.\] \}\)/,
      );
    });

    it('with a standard operator onnxruntime lacks has onnxruntime’s reason', async () => {
      const bytes = changed((graph) => {
        node(graph, 'Relu').opType = 'Relux';
      });
      await expect(create(bytes)).rejects.toThrow(
        /model: the model could not be started on any provider, got \[(cpu|wasm)\] .*Relux/,
      );
    });

    it('with a cycle, a value made twice or one made never is refused', async () => {
      const refuses = async (change: (graph: OnnxTypes.IGraphProto) => void, message: RegExp) => {
        await expect(create(changed(change))).rejects.toThrow(ModelError);
        await expect(create(changed(change))).rejects.toThrow(message);
      };
      await refuses((graph) => {
        node(graph, 'MatMul').input![0] = 'y';
      }, /the graph must have no cycle/);
      await refuses((graph) => {
        node(graph, 'Relu').output![0] = 'h';
      }, /the value "h" must be made once, got again by node "relu" \(Relu\)/);
      await refuses((graph) => {
        node(graph, 'Relu').input![0] = 'nowhere';
      }, /the value "nowhere", which node "relu" \(Relu\) reads, must be/);
    });

    it('whose custom node breaks the operator’s schema is refused', async () => {
      const refuses = async (
        change: (custom: OnnxTypes.INodeProto) => void,
        type: typeof SchemaError,
        text: RegExp,
      ) => {
        const bytes = changed((graph) => change(node(graph, 'Affine')));
        await expect(create(bytes)).rejects.toThrow(type);
        await expect(create(bytes)).rejects.toThrow(text);
      };
      const where = 'test.ops@1::Affine, node "middle"';
      await refuses(
        ({ input }) => (input!.length = 0),
        SchemaError,
        new RegExp(`^${where}: input x is required`),
      );
      await refuses(
        ({ input }) => input!.push('shift'),
        SchemaError,
        new RegExp(`^${where}: the node's inputs must be at most 2 \\(x, shift\\), got 3`),
      );
      await refuses(
        ({ attribute }) => (attribute![0]!.name = 'factor'),
        SchemaError,
        new RegExp(`^${where}: attribute factor is not in the schema`),
      );
    });

    it('whose custom node gets a type the operator lacks is refused', async () => {
      const model = new ModelBuilder();
      const ids = model.input('ids', 'int32', [2]);
      const neg = model.op('Neg', [ids]);
      model.customOp(
        affine,
        { x: neg },
        {},
        { functionBody: false, name: 'n', outputs: { y: 'y' } },
      );
      model.output({ name: 'y' }, 'y', 'int32', [2]);
      await expect(create(model.build())).rejects.toThrow(DTypeError);
      await expect(create(model.build())).rejects.toThrow(
        'test.ops@1::Affine, node "n": input x must be float32 | float64, got int32',
      );
    });

    it('that a custom node divides at a sequence is refused, naming the value', async () => {
      const model = new ModelBuilder();
      const one = model.input('one', 'float32', [2]);
      const sequence = model.op('SequenceConstruct', [one]);
      model.customOp(
        parts,
        { x: sequence },
        {},
        { functionBody: false, types: T, outputs: { y: 'y' } },
      );
      model.output({ name: 'y' }, 'y', 'float32', [1]);
      await expect(create(model.build())).rejects.toThrow(
        new RegExp(
          `the value "${sequence.name}" between node .* must be a tensor that JavaScript holds.*, got a sequence`,
        ),
      );
    });

    it('with enableGraphCapture is refused with the reason', async () => {
      const options = { ...custom, enableGraphCapture: true };
      await expect(ort.InferenceSession.create(sandwich(), options)).rejects.toThrow(
        /enableGraphCapture cannot be used with custom operators/,
      );
    });
  });

  describe('a run', () => {
    it('with wrong feeds is refused and leaves the session as it was', async () => {
      const session = await create(sandwich());
      const good = x([1, 1], [1, 2]);
      const cases: [Record<string, InstanceType<OrtModule['Tensor']>>, RegExp][] = [
        [{}, /input 'x' is missing in 'feeds'/],
        [
          { x: new ort.Tensor('float64', [1, 1], [1, 2]) },
          /input "x" must be float32, got float64/,
        ],
        [{ x: x([1, 1, 1], [1, 3]) }, /input "x" must have shape \[N, 2\], got \[1, 3\]/],
        [{ x: x([1, 1], [2]) }, /input "x" must have shape \[N, 2\], got \[2\]/],
      ];
      for (const [feeds, message] of cases) {
        await expect(session.run(feeds)).rejects.toThrow(message);
        const { y } = await session.run({ x: good });
        expect([...(y!.data as Float32Array)]).toEqual([2, 8]);
      }
      await expect(session.run({ x: x([1, 1], [2]) })).rejects.toThrow(ShapeError);
      await expect(session.run({ x: [1] as never })).rejects.toThrow(/input "x" must be a tensor/);
      await session.release();
    });

    it('whose kernel fails names operator, node and cause, and leaves the session as it was', async () => {
      const model = new ModelBuilder();
      const input = model.input('x', 'float32', ['N']);
      model.customOp(
        parts,
        { x: input },
        {},
        { functionBody: false, types: T, name: 'halves', outputs: { y: 'y' } },
      );
      model.output({ name: 'y' }, 'y', 'float32', undefined);
      const session = await create(model.build());
      await expect(session.run({ x: x([1, 2, 3], [3]) })).rejects.toThrow(
        'test.ops@1::Parts, node "halves": output y[0] of the kernel must have data for its shape, got 1 elements for [1.5]',
      );
      const { y } = await session.run({ x: x([1, 2], [2]) });
      expect(y!.dims).toEqual([1]);
      await session.release();
    });

    it('whose kernel meets a value outside the operator’s domain is a RangeError', async () => {
      const model = new ModelBuilder();
      const input = model.input('x', 'float32', ['N']);
      model.customOp(
        affine,
        { x: input },
        { scale: -1 },
        { functionBody: false, name: 'n', outputs: { y: 'y' } },
      );
      model.output({ name: 'y' }, 'y', 'float32', ['N']);
      const session = await create(model.build());
      const run = session.run({ x: x([1], [1]) });
      await expect(run).rejects.toThrow(RangeError);
      await expect(run).rejects.toThrow(
        'test.ops@1::Affine, node "n": the kernel failed, got scale must be > 0, got -1.',
      );
      await session.release();
    });
  });

  describe('a session', () => {
    it('that is released twice, or run after release, says so', async () => {
      const session = await create(sandwich());
      await session.release();
      await expect(session.release()).rejects.toThrow(
        /InferenceSession\.release: the session must not be used after it was released/,
      );
      await expect(session.run({ x: x([1, 1], [1, 2]) })).rejects.toThrow(
        /InferenceSession\.run: the session must not be used after it was released/,
      );
    });

    it('that is released during runs ends them first', async () => {
      const session = await create(sandwich());
      const runs = Array.from({ length: 10 }, () => session.run({ x: x([1, 1], [1, 2]) }));
      await session.release();
      for (const { y } of await Promise.all(runs)) {
        expect([...(y!.data as Float32Array)]).toEqual([2, 8]);
      }
    });
  });
});
