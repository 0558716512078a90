// English lemmas at training time, from wink-lemmatizer and the WordNet lists of wink-lexicon. A trained tokenizer needs neither.

import { createRequire } from 'node:module';
import { endings, formOf, type LemmaSource } from '../../src/text/index.ts';

type Lemmatise = (word: string) => string;
type Exceptions = Readonly<Record<string, string>>;

// Both packages are CommonJS without types.
const require_ = createRequire(import.meta.url);

/** What a form looks like that a text can hold as one token. */
const oneToken = /^\p{L}[\p{L}\p{M}\p{N}]*$/u;

/** Shortest lemma that a rule (not WordNet's list of exceptions) may leave; `goes` is a form of `go`, `bed` is none of `be`. */
const shortestLemma = 3;

interface Lexicon {
  readonly noun: Lemmatise;
  readonly verb: Lemmatise;
  readonly adjective: Lemmatise;
  /** Irregular forms of verbs, nouns and adjectives, in the order they are asked. */
  readonly exceptions: readonly Exceptions[];
}

const load = (): Lexicon => ({
  ...(require_('wink-lemmatizer') as Omit<Lexicon, 'exceptions'>),
  exceptions: ['verb', 'noun', 'adjective'].map(
    (kind) => require_(`wink-lexicon/src/wn-${kind}-exceptions.js`) as Exceptions,
  ),
});

const lookUp = (exceptions: readonly Exceptions[], word: string): string | undefined =>
  exceptions.find((list) => Object.hasOwn(list, word))?.[word];

/** Lemmas without a part of speech: irregular forms first (verbs, nouns, adjectives: `was` is `be`, `feet` is `foot`), then the rules
 * for nouns, verbs and adjectives in this order (`delays`, `delayed`, `delaying` are `delay`). A word ending in `ss` is no plural. */
export const englishLemmas = (): LemmaSource => {
  const { noun, verb, adjective, exceptions } = load();
  const lemma = (word: string): string => {
    if (!oneToken.test(word)) return word;
    const irregular = lookUp(exceptions, word);
    if (irregular !== undefined) return oneToken.test(irregular) ? irregular : word;
    if (word.endsWith('ss')) return word;
    for (const rule of [noun, verb, adjective]) {
      // Objects with a prototype lie behind these: a word like `constructor` finds no string there.
      const found: unknown = rule(word);
      if (typeof found !== 'string' || found === word || !oneToken.test(found)) continue;
      if (found.length >= shortestLemma || word.length - found.length >= 2) return found;
    }
    return word;
  };
  const irregularForms = new Map<string, Set<string>>();
  for (const form of exceptions.flatMap((list) => Object.keys(list))) {
    const of = lemma(form);
    const known = irregularForms.get(of);
    if (known === undefined) irregularForms.set(of, new Set([form]));
    else known.add(form);
  }
  const forms = function* (of: string): Generator<string> {
    const candidates = new Set(irregularForms.get(of));
    for (const ending of endings) candidates.add(formOf(of, ending) ?? of);
    for (const form of candidates) {
      if (form !== of && oneToken.test(form) && lemma(form) === of) yield form;
    }
  };
  return { lemma, forms };
};
