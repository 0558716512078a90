// One file with the tokenizer in its graph, in Chromium: texts in, probabilities out, on WebGPU and in WebAssembly.

import * as ort from 'onnxruntime-web/webgpu';
import { describe, expect, it } from 'vitest';
import { sharmix } from '../../../ops/sharmix/index.ts';
import { textTokens, withTextInput } from '../../../ops/text-tokens/index.ts';
import { install, sessionInfo } from '../../../src/runtime/index.ts';
import { loadClassifier } from '../../../src/text/index.ts';
import { classifier, texts, tokenizer } from '../../unit/text/small-text-model.ts';

install(ort, { ops: [sharmix, textTokens] });

describe.each([['webgpu'], ['wasm']])('on %s', (inner) => {
  it('gives the probabilities of the token ids', async () => {
    const executionProviders = [{ name: 'custom-ops', inner: [inner] }] as const;
    const bytes = classifier();
    const ids = await ort.InferenceSession.create(bytes, { executionProviders });
    const { probabilities: expected } = await ids.run({
      tokens: new ort.Tensor('int32', tokenizer.encodeAll(texts), [texts.length, tokenizer.length]),
    });
    await ids.release();
    const raw = await ort.InferenceSession.create(withTextInput(bytes, tokenizer), {
      executionProviders,
    });
    expect(sessionInfo(raw).providers).toEqual([inner]);
    const { probabilities } = await raw.run({
      text: new ort.Tensor('string', texts, [texts.length]),
    });
    expect(probabilities!.dims).toEqual([texts.length, 3]);
    expect([...(probabilities!.data as Float32Array)]).toEqual([
      ...(expected!.data as Float32Array),
    ]);
    await raw.release();
  });

  it('is a classifier', async () => {
    const loaded = await loadClassifier(ort, withTextInput(classifier(), tokenizer), {
      provider: 'custom-ops',
      inner: [inner],
    });
    const [first] = await loaded.classify(texts);
    expect(Object.keys(first!.probabilities)).toEqual(['a', 'b', 'c']);
    await loaded.release();
  });
});
