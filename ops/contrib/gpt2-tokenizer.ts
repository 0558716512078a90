// ai.onnx.contrib@1::GPT2Tokenizer: texts to GPT-2's ids by byte-level BPE.

import type { OpDefinition } from '../../src/schema/index.ts';
import { bpeTokenizer } from './bpe-tokenizer.ts';

const endOfText = '<|endoftext|>';

/** Texts to rows of GPT-2's ids.
 *
 * Inputs `text`: string, any shape; `add_special_tokens`: bool, one element (true where left out). Outputs `input_ids`,
 * `attention_mask`: int64, the shape of `text` and the length of a row; `offset_mapping`: int64, that shape and 2.
 *
 * Attributes: `vocab`, a JSON object of pieces and ids; `merges`, two pieces a line, the first merge first; `padding_length`, the
 * length of a row (-1: the longest text's), longer ones are cut and shorter ones filled with 0; `model_name` (GPT2): another one
 * puts <|endoftext|> around texts, and CLIP cleans them too; `added_token`, lines of a token, = and its id. Files that cannot be read
 * are a DataError when the session is created. What the vocabulary lacks has the id 4294967295. */
export const gpt2Tokenizer: OpDefinition = bpeTokenizer({
  type: 'GPT2Tokenizer',
  model: 'GPT2',
  unknown: endOfText,
  begin: endOfText,
  end: endOfText,
  padding: undefined,
});
