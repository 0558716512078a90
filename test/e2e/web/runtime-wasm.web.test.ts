// Sessions with custom operators in Chromium without WebGPU kernels: the default entry of onnxruntime-web, and wasm by choice.

import * as ort from 'onnxruntime-web';
import * as native from 'onnxruntime-web/webgpu';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sharmix as reference } from '../../../ops/sharmix/math/index.ts';
import { sharmix } from '../../../ops/sharmix/index.ts';
import { install, sessionInfo, type OrtModule } from '../../../src/runtime/index.ts';
import { alone, chain } from './runtime-models.ts';

install(ort, { ops: [sharmix] });
install(native, { ops: [sharmix] });

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs `alone` and expects the reference's answer. */
const expectRight = async (copy: OrtModule, session: ort.InferenceSession): Promise<void> => {
  const q = new copy.Tensor('float32', [1.5], []);
  const { p } = await session.run({ logits: new copy.Tensor('float32', [1, 0, 0.5], [1, 3]), q });
  expect(p).toBeInstanceOf(copy.Tensor);
  const expected = reference([1, 0, 0.5], { q: 1.5 });
  for (const [i, value] of (p!.data as Float32Array).entries()) {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-6);
  }
};

describe('the default entry of onnxruntime-web', () => {
  it('runs in wasm with JS kernels, after one warning about its WebGPU provider', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const session = await ort.InferenceSession.create(alone(), {
      executionProviders: ['custom-ops'],
    });
    expect(warn.mock.calls.map(([text]) => String(text))).toEqual([
      expect.stringMatching(/^custom-ops: provider webgpu cannot run model .*; trying wasm$/),
    ]);
    expect(sessionInfo(session)).toMatchObject({
      providers: ['wasm'],
      kernels: [{ node: 'head', form: 'js' }],
    });
    await expectRight(ort, session);
    await session.release();
  });

  it('runs in wasm by choice, called cpu or wasm, without a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    for (const name of ['cpu', 'wasm']) {
      const session = await ort.InferenceSession.create(chain(), {
        executionProviders: [{ name: 'custom-ops', inner: [name] }],
      });
      expect(sessionInfo(session).providers).toEqual(['wasm']);
      const results = await Promise.all(
        Array.from({ length: 20 }, () =>
          session.run({ x: new ort.Tensor('float32', [1, 2, 3], [1, 3]) }),
        ),
      );
      const first = reference([1.5, 2, 2.5], { q: 1.5, r: 1.25 });
      for (const { p } of results) {
        for (const [i, v] of (p!.data as Float32Array).entries()) {
          expect(Math.abs(v - first[i]!)).toBeLessThan(2e-6);
        }
      }
      await session.release();
    }
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('the webgpu entry of onnxruntime-web', () => {
  it('runs in wasm by choice, beside the other copy on the page', async () => {
    const session = await native.InferenceSession.create(alone(), {
      executionProviders: [{ name: 'custom-ops', inner: ['wasm'] }],
    });
    expect(sessionInfo(session).providers).toEqual(['wasm']);
    await expectRight(native, session);
    await session.release();
  });

  it('loads a model from a URL', async () => {
    const url = URL.createObjectURL(new Blob([alone().slice().buffer]));
    const session = await native.InferenceSession.create(url, {
      executionProviders: [{ name: 'custom-ops', inner: ['wasm'] }],
    });
    await expectRight(native, session);
    await expect(
      native.InferenceSession.create('/no/such/model.onnx', { executionProviders: ['custom-ops'] }),
    ).rejects.toThrow(/no\/such\/model.onnx/);
    await session.release();
  });
});
