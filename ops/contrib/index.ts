// sharmix/ops/contrib: string operators of the domain ai.onnx.contrib, as onnxruntime-extensions defines them.

import type { OpDefinition } from '../../src/schema/index.ts';
import { basicTokenizer } from './basic-tokenizer.ts';
import { bertTokenizer } from './bert-tokenizer.ts';
import { clipTokenizer } from './clip-tokenizer.ts';
import { gpt2Tokenizer } from './gpt2-tokenizer.ts';
import { stringConcat } from './string-concat.ts';
import { stringJoin } from './string-join.ts';
import { stringLength } from './string-length.ts';
import { stringLower } from './string-lower.ts';
import { stringRegexReplace } from './string-regex-replace.ts';
import { stringSplit } from './string-split.ts';
import { stringUpper } from './string-upper.ts';
import { vectorToString } from './vector-to-string.ts';
import { wordpieceTokenizer } from './wordpiece-tokenizer.ts';

export {
  basicTokenizer,
  bertTokenizer,
  clipTokenizer,
  gpt2Tokenizer,
  stringConcat,
  stringJoin,
  stringLength,
  stringLower,
  stringRegexReplace,
  stringSplit,
  stringUpper,
  vectorToString,
  wordpieceTokenizer,
};

/** Every operator of this folder, for `install(ort, { ops: [contrib] })`. */
export const contrib: readonly OpDefinition[] = [
  stringLower,
  stringUpper,
  stringLength,
  stringConcat,
  stringJoin,
  stringSplit,
  vectorToString,
  stringRegexReplace,
  basicTokenizer,
  wordpieceTokenizer,
  bertTokenizer,
  gpt2Tokenizer,
  clipTokenizer,
];
