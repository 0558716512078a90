// The tokenizer: text to token ids of a fixed length, by a vocabulary and the lemma table it carries. The same in Node and browser.

import { DataError, messageOf } from '../core/errors.ts';
import { unpackLemmas, type LemmaTableJson } from './lemma-table.ts';
import { tokensOf } from './tokens.ts';

/** Id of the places after the last token. */
export const paddingId = 0;
/** Id of a word that is not in the vocabulary. */
export const unknownId = 1;
/** Most ids a vocabulary may have, padding and unknown included. */
export const largestVocabulary = 7300;
/** Most tokens of a text that a tokenizer may keep. */
export const largestLength = 4096;

/** A tokenizer as JSON: everything `encode` depends on. */
export interface TokenizerJson extends LemmaTableJson {
  readonly format: 'sharmix-tokenizer';
  readonly version: 1;
  /** Tokens a text is cut or padded to. */
  readonly length: number;
}

const where = 'tokenizer';

const check = (condition: boolean, what: string, rule: string, actual: unknown): void => {
  if (condition) return;
  throw new DataError({
    where,
    what,
    rule,
    actual: typeof actual === 'string' ? JSON.stringify(actual.slice(0, 40)) : String(actual),
    hint: 'the tokenizer is damaged or of another program; train or export the model again',
  });
};

const integerIn = (value: unknown, from: number, to: number): boolean =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to;

function checkJson(json: unknown): asserts json is TokenizerJson {
  check(typeof json === 'object' && json !== null, 'JSON', 'must be an object', json);
  const given = json as Readonly<Record<keyof TokenizerJson, unknown>>;
  check(given.format === 'sharmix-tokenizer', 'format', 'must be sharmix-tokenizer', given.format);
  check(given.version === 1, 'version', 'must be 1, the one this package reads', given.version);
  const { length, endings, words, irregular } = given;
  check(
    integerIn(length, 1, largestLength),
    'length',
    `must be an integer in [1, ${largestLength}]`,
    length,
  );
  check(
    Array.isArray(endings) && endings.every((ending) => typeof ending === 'string'),
    'endings',
    'must be a list of strings',
    endings,
  );
  check(typeof words === 'string' && words !== '', 'words', 'must be a text of words', words);
  check(typeof irregular === 'string', 'irregular', 'must be a text of forms', irregular);
}

/** Text to token ids: {@link tokensOf}, each token looked up among the vocabulary's words and their inflected forms.
 *
 * The table is the lemmatiser: no dictionary is asked, so a text has the same ids wherever and whenever it is encoded. */
export class Tokenizer {
  readonly #json: TokenizerJson;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #words: readonly string[];

  /** @param json - As {@link Tokenizer.toJSON} gave it, parsed.
   * @throws {DataError} It is no tokenizer of this package, of another version, or damaged. */
  constructor(json: unknown) {
    checkJson(json);
    const { format, version, length, endings, words: packed, irregular } = json;
    this.#json = { format, version, length, endings: [...endings], words: packed, irregular };
    const { words, ids } = unpackLemmas(json, where);
    check(
      words.length + 2 <= largestVocabulary,
      'words',
      `must be at most ${largestVocabulary - 2}`,
      words.length,
    );
    this.#words = words;
    this.#ids = ids;
  }

  /** Tokens a text is cut or padded to. */
  get length(): number {
    return this.#json.length;
  }

  /** Number of ids: padding, unknown, words. */
  get size(): number {
    return this.#words.length + 2;
  }

  /** Words and forms that have an id. */
  get forms(): number {
    return this.#ids.size;
  }

  /** The word of an id: the lemma its forms share. Undefined for padding, unknown and what is no id. */
  word(id: number): string | undefined {
    return this.#words[id - 2];
  }

  /** Token ids of a text: shape [length], in [0, size). */
  encode(text: string): Int32Array {
    const ids = new Int32Array(this.length);
    this.#write(text, ids, 0);
    return ids;
  }

  /** Token ids of texts, one after another: shape [texts, length]. */
  encodeAll(texts: readonly string[]): Int32Array {
    const ids = new Int32Array(texts.length * this.length);
    texts.forEach((text, row) => this.#write(text, ids, row * this.length));
    return ids;
  }

  #write(text: string, ids: Int32Array, from: number): void {
    tokensOf(text, this.length).forEach((token, i) => {
      ids[from + i] = this.#ids.get(token) ?? unknownId;
    });
  }

  /** Everything the ids depend on, for `JSON.stringify`. */
  toJSON(): TokenizerJson {
    return this.#json;
  }

  /** A tokenizer of its JSON text.
   * @throws {DataError} The text is no JSON, or no tokenizer. */
  static parse(text: string): Tokenizer {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw new DataError({
        where,
        what: 'text',
        rule: 'must be JSON',
        actual: messageOf(cause),
        cause,
      });
    }
    return new Tokenizer(json);
  }
}
