// ai.onnx.contrib@1::BasicTokenizer: the words of one text.

import { defineOp, int, type OpDefinition } from '../../src/schema/index.ts';
import { common, onlyText, textTensor } from './common.ts';
import { basicWords } from './words.ts';

/** The words of a text.
 *
 * Input `text`: string, one element. Output `words`: string [W]. Attributes, on when 1: `do_lower_case` (1), `tokenize_chinese_chars`
 * (1: each is a word), `strip_accents` (0: of Latin-1 and combining ones), `tokenize_punctuation` (0: each is a word),
 * `remove_control_chars` (1). Several texts are a ShapeError. */
export const basicTokenizer: OpDefinition = defineOp({
  ...common,
  type: 'BasicTokenizer',
  inputs: { text: 'string' },
  outputs: { words: 'string' },
  attributes: {
    do_lower_case: int(1),
    tokenize_chinese_chars: int(1),
    strip_accents: int(0),
    tokenize_punctuation: int(0),
    remove_control_chars: int(1),
  },
  infer: () => ({ words: { dtype: 'string', dims: [null] } }),
  kernel: ({ text }, attributes) => {
    const words = basicWords(onlyText('BasicTokenizer', 'text', text), {
      lower: attributes.do_lower_case === 1,
      chinese: attributes.tokenize_chinese_chars === 1,
      stripAccents: attributes.strip_accents === 1,
      punctuation: attributes.tokenize_punctuation === 1,
      dropControl: attributes.remove_control_chars === 1,
    });
    return { words: textTensor(words, [words.length]) };
  },
});
