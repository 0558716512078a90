// A small classifier of texts and its tokenizer, for tests of the tokenizer in the graph in Node and in Chromium.

import { sharmix } from '../../../ops/index.ts';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { tensor } from '../../../src/schema/index.ts';
import { fitTokenizer, writeMetadata } from '../../../src/text/index.ts';

/** Of six tokens a text. */
export const tokenizer = fitTokenizer(['free prize now', 'meeting agenda on monday'], {
  minCount: 1,
  length: 6,
});

/** Ordinary, empty, too long, and full of what is folded. */
export const texts = [
  'Free PRIZES, now!',
  '',
  'meetings on Monday about nothing in the agenda at all, however long it is',
  'https://example.org me@example.org 12 :-) ça va 日本',
];

/** tokens [N, 6] -> Gather(embedding) -> ReduceMean -> SharMiX: probabilities and logits of three classes. */
export const classifier = (): Uint8Array => {
  const model = new ModelBuilder({ opset: 17 });
  const tokens = model.input('tokens', 'int32', ['N', tokenizer.length]);
  const data = Float32Array.from({ length: tokenizer.size * 3 }, (_, i) => 3 * Math.sin(7 * i));
  const table = model.initializer('table', tensor('float32', data, [tokenizer.size, 3]));
  const embedded = model.op('Gather', [table, tokens]);
  const logits = model.op('ReduceMean', [embedded], { axes: { ints: [1] }, keepdims: { int: 0 } });
  const { probabilities } = model.customOp(
    sharmix,
    { logits },
    {},
    { types: { T: 'float32' }, outputs: { probabilities: 'probabilities' } },
  );
  model.output(probabilities!, 'probabilities', 'float32', ['N', 3]);
  model.output(model.op('Identity', [logits], {}, { outputs: ['logits'] }), 'logits', 'float32', [
    'N',
    3,
  ]);
  const metadata = { labels: ['a', 'b', 'c'], tokenizer, metrics: {}, seed: 1, version: '0' };
  for (const [key, value] of Object.entries(writeMetadata(metadata))) model.metadata(key, value);
  return model.build();
};
