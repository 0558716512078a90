// ai.sharmix@1::TextTokens: texts to token ids, by the tokenizer in the node's attribute. The very code that encodes texts elsewhere.

import { defineOp, missing, string, tensor, type OpDefinition } from '../../src/schema/index.ts';
import { Tokenizer } from '../../src/text/index.ts';

/** Tokenizers by the attributes they come from, which a session's node keeps: each is unpacked once. */
const tokenizers = new WeakMap<object, Tokenizer>();

const tokenizerOf = (attributes: { readonly tokenizer: string }): Tokenizer => {
  const known = tokenizers.get(attributes);
  if (known !== undefined) return known;
  const made = Tokenizer.parse(attributes.tokenizer);
  tokenizers.set(attributes, made);
  return made;
};

const cpuOnly = missing(
  'texts are strings, which no GPU buffer, no standard operator and no tfjs tensor of ids holds',
);

/** ai.sharmix@1::TextTokens: `tokens[n, i]` is the id of token i of text n, 0 after the last and 1 for a word that is not in the
 * vocabulary.
 *
 * Input `text`: string [N]. Output `tokens`: int32 [N, length]. Attribute `tokenizer`: the JSON of a {@link Tokenizer}, which
 * says the length. Bad JSON is a DataError when the session is created; a text longer than `length` tokens is cut, as the
 * tokenizer defines. */
export const textTokens: OpDefinition = defineOp({
  type: 'TextTokens',
  domain: 'ai.sharmix',
  version: 1,
  package: 'sharmix',
  inputs: { text: 'string' },
  outputs: { tokens: 'int32' },
  attributes: { tokenizer: string() },
  types: {},
  infer: ({ text }, attributes) => {
    const { length } = tokenizerOf(attributes);
    const rows = text.dims === undefined ? null : (text.dims[0] ?? null);
    return { tokens: { dtype: 'int32', dims: [rows, length] } };
  },
  kernel: ({ text }, attributes) => {
    const tokenizer = tokenizerOf(attributes);
    const ids = tokenizer.encodeAll(text.data as readonly string[]);
    return { tokens: tensor('int32', ids, [text.data.length, tokenizer.length]) };
  },
  shader: cpuOnly,
  body: cpuOnly,
  grad: cpuOnly,
});
