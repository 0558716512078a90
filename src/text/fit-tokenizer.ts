// fitTokenizer: vocabulary, length and lemma table of a tokenizer, from the training texts alone.

import { DataError, rangeError } from '../core/errors.ts';
import { packLemmas, type LemmaSource } from './lemma-table.ts';
import { largestLength, largestVocabulary, Tokenizer } from './tokenizer.ts';
import { tokensOf } from './tokens.ts';

/** Options of {@link fitTokenizer}. */
export interface FitTokenizerOptions {
  /** Most ids, padding and unknown included. Default and most: 7300. */
  readonly vocabularySize?: number;
  /** Tokens a text is cut or padded to. Default: the smallest of 20, 40, 80, 160, 320 that at least half of the texts fit into. */
  readonly length?: number;
  /** Words seen less often are unknown. Default 2. */
  readonly minCount?: number;
  /** Default: every word is its own lemma. */
  readonly lemmas?: LemmaSource;
}

const where = 'fitTokenizer';
const lengths = [20, 40, 80, 160, 320] as const;

/** The smallest length that at least half of the texts fit into; the largest there is where none does. */
const chooseLength = (counts: number[]): number => {
  const middle = counts.sort((a, b) => a - b)[Math.ceil(counts.length / 2) - 1] ?? 0;
  return lengths.find((length) => length >= middle) ?? lengths.at(-1)!;
};

const checkInteger = (what: string, value: number, from: number, to: number): void => {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw rangeError({
    where,
    what,
    rule: `must be an integer in [${from}, ${to}]`,
    actual: String(value),
  });
};

/** Most frequent lemmas first; of equal counts the smaller string, so that the order of the texts does not matter. */
const chooseWords = (counts: ReadonlyMap<string, number>, least: number, most: number): string[] =>
  [...counts]
    .filter(([, count]) => count >= least)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([word]) => word);

/** Fits a tokenizer: counts the lemmas of the texts' tokens, keeps the most frequent, and takes every form of those into the table
 * (not only the forms seen). Texts in another order give the same tokenizer.
 * @param texts - The training texts; nothing of a validation or test part.
 * @throws {DataError} The texts have no word that is seen `minCount` times. {RangeError} An option out of range. */
export const fitTokenizer = (
  texts: Iterable<string>,
  { vocabularySize = largestVocabulary, length, minCount = 2, lemmas }: FitTokenizerOptions = {},
): Tokenizer => {
  checkInteger('vocabularySize', vocabularySize, 3, largestVocabulary);
  checkInteger('minCount', minCount, 1, Number.MAX_SAFE_INTEGER);
  if (length !== undefined) checkInteger('length', length, 1, largestLength);
  const counts = new Map<string, number>();
  const sizes: number[] = [];
  for (const text of texts) {
    const tokens = tokensOf(text);
    sizes.push(tokens.length);
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  const lemmaOf = (token: string): string =>
    lemmas === undefined || token.startsWith('<') ? token : lemmas.lemma(token);
  const ofLemmas = new Map<string, number>();
  for (const [token, count] of counts) {
    const lemma = lemmaOf(token);
    ofLemmas.set(lemma, (ofLemmas.get(lemma) ?? 0) + count);
  }
  const words = chooseWords(ofLemmas, minCount, vocabularySize - 2);
  if (words.length === 0) {
    throw new DataError({
      where,
      what: 'the texts',
      rule: `must have a word that is seen ${minCount} times`,
      actual: `${sizes.length} texts of ${counts.size} words`,
    });
  }
  // A word that is a lemma and a form of another (lay, lie): as a word of the vocabulary it is itself.
  const known = new Set(words);
  const formsOf = (word: string): string[] =>
    lemmas === undefined || word.startsWith('<')
      ? []
      : [...new Set(lemmas.forms(word))].filter((form) => !known.has(form));
  return new Tokenizer({
    format: 'sharmix-tokenizer',
    version: 1,
    length: length ?? chooseLength(sizes),
    ...packLemmas(words, formsOf),
  });
};
