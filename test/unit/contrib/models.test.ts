// Models of several operators of ai.onnx.contrib between standard ones, natively and in WebAssembly.

import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import {
  bertTokenizer,
  contrib,
  stringLower,
  stringRegexReplace,
} from '../../../ops/contrib/index.ts';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { install, sessionInfo, type OrtModule } from '../../../src/runtime/index.ts';
import { tensor } from '../../../src/schema/index.ts';
import { strings } from './cases.ts';

const copies: readonly (readonly [string, OrtModule])[] = [
  ['onnxruntime-node', node],
  ['onnxruntime-web in Node', web],
];
for (const [, ort] of copies) install(ort, { ops: [contrib] });

const options = { executionProviders: ['custom-ops'] } as const;
const plain = { functionBody: false } as const;
const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', '##b', 'c'];

/** text -> lower case -> dashes to spaces -> ids -> a row of a table each -> their sum. */
const sumOfRows = (): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('text', 'string', ['N']);
  const lower = model.customOp(stringLower, { x }, {}, plain)['y']!;
  const spaced = model.customOp(
    stringRegexReplace,
    {
      x: lower,
      pattern: model.initializer('pattern', strings(['-+'])),
      rewrite: model.initializer('rewrite', strings([' '])),
    },
    {},
    plain,
  )['y']!;
  const attributes = { vocab_file: vocabulary.join('\n') };
  const ids = model.customOp(bertTokenizer, { text: spaced }, attributes, plain)['input_ids']!;
  const table = model.initializer(
    'table',
    tensor(
      'float32',
      Float32Array.from(vocabulary, (_, i) => 10 ** i),
      [vocabulary.length, 1],
    ),
  );
  const rows = model.op('Gather', [table, ids], { axis: { int: 0 } });
  const sum = model.op('ReduceSum', [rows], { keepdims: { int: 0 } });
  model.output(sum, 'sum', 'float32', []);
  model.output(ids, 'ids', 'int64', ['L']);
  return model.build();
};

describe.each(copies)('%s', (_, ort) => {
  it('runs a model from texts to numbers, operators of texts before standard ones', async () => {
    const session = await ort.InferenceSession.create(sumOfRows(), options);
    expect(session.inputNames).toEqual(['text']);
    const feeds = { text: new ort.Tensor('string', ['AB--C x'], [1]) };
    const { ids, sum } = await session.run(feeds);
    expect([...(ids!.data as BigInt64Array)].map(Number)).toEqual([2, 5, 6, 7, 1, 3]);
    expect(ids!.dims).toEqual([6]);
    expect([...(sum!.data as Float32Array)]).toEqual([11101110]);
    expect(sessionInfo(session).kernels.map(({ form }) => form)).toEqual(['js', 'js', 'js']);
    await session.release();
  });

  it('fails a run with the operator and the cause, and stays usable', async () => {
    const session = await ort.InferenceSession.create(sumOfRows(), options);
    await expect(
      session.run({ text: new ort.Tensor('string', ['a', 'b', 'c'], [3]) }),
    ).rejects.toThrow(/BertTokenizer.*input text must hold one text or two, got 3 texts/);
    const { ids } = await session.run({ text: new ort.Tensor('string', ['a'], [1]) });
    expect([...(ids!.data as BigInt64Array)].map(Number)).toEqual([2, 5, 3]);
    await session.release();
  });

  it('refuses a vocabulary without a special token when the session is created', async () => {
    const model = new ModelBuilder();
    const text = model.input('text', 'string', [1]);
    const { input_ids } = model.customOp(bertTokenizer, { text }, { vocab_file: 'a\nb' }, plain);
    model.output(input_ids!, 'ids', 'int64', ['L']);
    await expect(ort.InferenceSession.create(model.build(), options)).rejects.toThrow(
      /BertTokenizer: attribute vocab_file must have a line "\[PAD\]"/,
    );
  });
});
