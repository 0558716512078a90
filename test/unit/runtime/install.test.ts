// install, the choice of the inner provider, and sessionInfo.

import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { install, sessionInfo, type OrtModule } from '../../../src/runtime/index.ts';
import { RuntimeError, SchemaError, type OpDefinition } from '../../../src/schema/index.ts';
import { sandwich } from './models.ts';
import { affine, total } from './operators.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const feeds = (ort: OrtModule) => ({ x: new ort.Tensor('float32', [1, 1], [1, 2]) });

const modelOf = (op: OpDefinition): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', [1, 2]);
  model.customOp(op, { x }, {}, { functionBody: false, outputs: { y: 'y' } });
  model.output({ name: 'y' }, 'y', 'float32', [1, 2]);
  return model.build();
};

describe('install', () => {
  it('registers once, and adds operators when it is called again', async () => {
    const register = vi.fn<OrtModule['registerBackend']>(node.registerBackend);
    const ort: OrtModule = {
      registerBackend: register,
      Tensor: node.Tensor,
      InferenceSession: node.InferenceSession,
      env: node.env,
    };
    install(ort, { ops: [affine] });
    install(ort, { ops: [affine] });
    const other: OpDefinition = {
      ...affine,
      schema: { ...affine.schema, type: 'Added' },
      label: 'test.ops@1::Added',
    };
    const bytes = modelOf(other);
    const options = { executionProviders: ['custom-ops'] };
    await expect(node.InferenceSession.create(bytes, options)).rejects.toThrow(
      /test\.ops@1::Added/,
    );
    install(node, { ops: [other] });
    const session = await node.InferenceSession.create(bytes, options);
    expect([...((await session.run(feeds(node)))['y']!.data as Float32Array)]).toEqual([2, 2]);
    expect(register).toHaveBeenCalledTimes(1);
    await session.release();
  });

  it('refuses a second definition of an operator, naming both', () => {
    install(node, { ops: [affine] });
    expect(() => install(node, { ops: [{ ...affine }] })).toThrow(SchemaError);
    expect(() => install(node, { ops: [{ ...affine }] })).toThrow(
      /test\.ops@1::Affine: the operator is claimed by two definitions/,
    );
  });

  it('refuses what is no onnxruntime, and what is no operator', () => {
    expect(() => install({} as OrtModule, { ops: [] })).toThrow(RuntimeError);
    expect(() => install(node, { ops: [undefined as never] })).toThrow(/made by defineOp/);
  });

  it('leaves sessions without the provider to onnxruntime', async () => {
    install(node, { ops: [affine] });
    const session = await node.InferenceSession.create(sandwich({}, true));
    expect([...((await session.run(feeds(node)))['y']!.data as Float32Array)]).toEqual([2, 8]);
    expect(() => sessionInfo(session)).toThrow(/must have been created with executionProviders/);
    await session.release();
  });

  it('keeps copies of onnxruntime apart, and gives each its own tensors', async () => {
    install(node, { ops: [affine] });
    install(web, { ops: [affine, total] });
    for (const ort of [node, web] as readonly OrtModule[]) {
      const session = await ort.InferenceSession.create(sandwich(), {
        executionProviders: [{ name: 'custom-ops' }],
      });
      const { y, h } = await session.run(feeds(ort));
      expect(y).toBeInstanceOf(ort.Tensor);
      expect(h).toBeInstanceOf(ort.Tensor);
      await session.release();
    }
  });
});

describe('the inner provider', () => {
  const create = (ort: OrtModule, inner: readonly string[]) => {
    install(ort, { ops: [affine] });
    return ort.InferenceSession.create(sandwich(), {
      executionProviders: [{ name: 'custom-ops', inner }],
    });
  };

  it.each([
    ['onnxruntime-node', node, 'cpu'],
    ['onnxruntime-web in Node', web, 'wasm'],
  ] as const)('of %s may be called cpu or wasm', async (_, ort, name) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    for (const inner of ['cpu', 'wasm']) {
      const session = await create(ort, [inner]);
      expect(sessionInfo(session).providers).toEqual([name]);
      await session.release();
    }
    expect(warn).not.toHaveBeenCalled();
  });

  it.each([
    ['onnxruntime-node', node],
    ['onnxruntime-web in Node', web],
  ] as const)('of %s yields to the next with one warning where it is lacking', async (_, ort) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const session = await create(ort, ['webnn', 'cpu']);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(String(warn.mock.calls[0]![0])).toMatch(
      /^custom-ops: provider webnn cannot run model \(.+\); trying (cpu|wasm)$/s,
    );
    const { y } = await session.run(feeds(ort));
    expect([...(y!.data as Float32Array)]).toEqual([2, 8]);
    await session.release();
  });

  it('is an error with every cause where none is left', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await expect(create(node, ['nonsense', 'webnn'])).rejects.toThrow(
      /^model: the model could not be started on any provider, got \[nonsense\] .+, \[webnn\] .+/s,
    );
  });

  it('must be a list with an entry', async () => {
    await expect(create(node, [])).rejects.toThrow(
      /inner of the provider custom-ops must be a list/,
    );
  });
});
