// ai.onnx.contrib@1::CLIPTokenizer: texts to CLIP's ids by byte-level BPE with ends of words.

import type { OpDefinition } from '../../src/schema/index.ts';
import { bpeTokenizer } from './bpe-tokenizer.ts';

const endOfText = '<|endoftext|>';

/** Texts, cleaned and in lower case, to rows of CLIP's ids between <|startoftext|> and <|endoftext|>, filled with the latter.
 *
 * Inputs, outputs and attributes are GPT2Tokenizer's; `model_name` (CLIP): GPT2 and CodeGen put nothing around texts, and all but
 * CLIP leave them as they are. A row cut at `padding_length` loses its end. */
export const clipTokenizer: OpDefinition = bpeTokenizer({
  type: 'CLIPTokenizer',
  model: 'CLIP',
  unknown: endOfText,
  begin: '<|startoftext|>',
  end: endOfText,
  padding: endOfText,
});
