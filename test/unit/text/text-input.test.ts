// The tokenizer as an operator of the graph: the same ids as outside of it, and a file that takes texts.

import * as web from 'onnxruntime-web';
import * as node from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { sharmix } from '../../../ops/index.ts';
import { textTokens, withTextInput } from '../../../ops/text-tokens/index.ts';
import { decodeModel, onnx } from '../../../src/onnx/index.ts';
import { install, type OrtModule } from '../../../src/runtime/index.ts';
import { DataError, ModelError, tensor } from '../../../src/schema/index.ts';
import { loadClassifier, Tokenizer } from '../../../src/text/index.ts';
import { classifier, texts, tokenizer } from './small-text-model.ts';

const copies: readonly (readonly [string, OrtModule])[] = [
  ['onnxruntime-node', node],
  ['onnxruntime-web in Node', web],
];
for (const [, ort] of copies) install(ort, { ops: [sharmix, textTokens] });
const custom = { executionProviders: ['custom-ops'] } as const;

describe('TextTokens', () => {
  it('gives the ids of the tokenizer', async () => {
    const attributes = { tokenizer: JSON.stringify(tokenizer) };
    const made = await textTokens.kernel({ text: tensor('string', texts, [4]) }, attributes);
    expect(made).toEqual({ tokens: tensor('int32', tokenizer.encodeAll(texts), [4, 6]) });
    expect(tokenizer.encode('Free')[0]).toBe(tokenizer.encode('free')[0]);
    expect(tokenizer.word(tokenizer.encode('free')[0]!)).toBe('free');
  });

  it('infers the length of its rows from the tokenizer', () => {
    const attributes = { tokenizer: JSON.stringify(tokenizer) };
    expect(textTokens.infer({ text: { dtype: 'string', dims: ['N'] } }, attributes)).toEqual({
      tokens: { dtype: 'int32', dims: ['N', 6] },
    });
  });
});

describe.each(copies)('%s', (_, ort) => {
  it('runs a model of texts as the model of their token ids, and loads it as a classifier', async () => {
    const bytes = classifier();
    const file = withTextInput(bytes, tokenizer);
    const ids = await ort.InferenceSession.create(bytes, custom);
    const raw = await ort.InferenceSession.create(file, custom);
    expect(raw.inputNames).toEqual(['text']);
    const { probabilities: expected } = await ids.run({
      tokens: new ort.Tensor('int32', tokenizer.encodeAll(texts), [4, 6]),
    });
    const { probabilities } = await raw.run({ text: new ort.Tensor('string', texts, [4]) });
    expect(probabilities!.dims).toEqual([4, 3]);
    expect([...(probabilities!.data as Float32Array)]).toEqual([
      ...(expected!.data as Float32Array),
    ]);
    await ids.release();
    await raw.release();
    const [fromIds, fromText] = [await loadClassifier(ort, bytes), await loadClassifier(ort, file)];
    expect(await fromText.classify(texts)).toEqual(await fromIds.classify(texts));
    await fromIds.release();
    await fromText.release();
  });

  it('says when the tokenizer in the file is damaged', async () => {
    const broken = decodeModel(withTextInput(classifier(), tokenizer));
    broken.graph!.node![0]!.attribute![0]!.s = new TextEncoder().encode('{"format":');
    const bytes = onnx.ModelProto.encode(broken).finish();
    await expect(ort.InferenceSession.create(bytes, custom)).rejects.toThrow(
      'tokenizer: text must be JSON',
    );
  });
});

describe('withTextInput', () => {
  it('refuses a model without such an input, or of another length', () => {
    const other = new Tokenizer({ ...tokenizer.toJSON(), length: 7 });
    expect(() => withTextInput(classifier(), other)).toThrow(
      'withTextInput: the input "tokens" must be int32 [N, 7], token ids of the tokenizer, got element type 6, length 6',
    );
    expect(() => withTextInput(classifier(), tokenizer, { tokens: 'ids' })).toThrow(
      'the input "ids" must be int32 [N, 6], token ids of the tokenizer, got inputs: tokens',
    );
    expect(() => withTextInput(new Uint8Array(), tokenizer)).toThrow(ModelError);
    expect(() => new Tokenizer({})).toThrow(DataError);
  });
});
