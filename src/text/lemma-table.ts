// The lemma table a tokenizer carries: each word's inflected forms, as endings it takes and a list of irregular ones.

import { DataError } from '../core/errors.ts';

/** Where lemmas come from when a tokenizer is fitted. Not needed afterwards: the tokenizer carries the table. */
export interface LemmaSource {
  /** The lemma of a word; the word itself where there is none. */
  lemma(word: string): string;
  /** Every other word whose lemma is `lemma`, seen or not. */
  forms(lemma: string): Iterable<string>;
}

/** Endings by letter, `a` first: `cut/add` replaces `cut` at the end of the lemma by `add`; `+add` doubles the last letter first. */
export const endings = [
  '/s',
  '/es',
  '/ed',
  '/d',
  '/ing',
  'e/ing',
  'y/ies',
  'y/ied',
  '+ed',
  '+ing',
  'f/ves',
  'fe/ves',
  'man/men',
  '/er',
  '/est',
  '/r',
  '/st',
  'y/ier',
  'y/iest',
  '+er',
  '+est',
] as const;

/** The form that an ending makes of a lemma; undefined where it does not fit. */
export const formOf = (lemma: string, ending: string): string | undefined => {
  if (ending.startsWith('+')) return lemma + lemma.slice(-1) + ending.slice(1);
  const [cut = '', add = ''] = ending.split('/', 2);
  return lemma.endsWith(cut) ? lemma.slice(0, lemma.length - cut.length) + add : undefined;
};

/** A table as a tokenizer's JSON holds it. */
export interface LemmaTableJson {
  readonly endings: readonly string[];
  /** Words of the vocabulary in order of their ids (from 2), apart by spaces; after a `/` the letters of the endings a word takes. */
  readonly words: string;
  /** `lemma form form ...` groups, apart by commas: forms that no ending makes. */
  readonly irregular: string;
}

/** Writes the table of a vocabulary. */
export const packLemmas = (
  words: readonly string[],
  formsOf: (word: string) => Iterable<string>,
): LemmaTableJson => {
  const irregular: string[] = [];
  const packed = words.map((word) => {
    const forms = new Set(formsOf(word));
    let letters = '';
    endings.forEach((ending, i) => {
      const form = formOf(word, ending);
      if (form === undefined || !forms.delete(form)) return;
      letters += String.fromCharCode(97 + i);
    });
    if (forms.size > 0) irregular.push([word, ...[...forms].sort()].join(' '));
    return letters === '' ? word : `${word}/${letters}`;
  });
  return { endings: [...endings], words: packed.join(' '), irregular: irregular.join(',') };
};

const broken = (where: string, what: string, rule: string, actual: string): DataError =>
  new DataError({
    where,
    what,
    rule,
    actual,
    hint: 'the tokenizer is damaged or of another program; train or export the model again',
  });

/** Ids by word, the vocabulary's words and all their forms.
 * @throws {DataError} A word or a form that stands there twice, an ending that does not fit, a form of a word that is not there. */
export const unpackLemmas = (
  table: LemmaTableJson,
  where: string,
): { readonly words: readonly string[]; readonly ids: ReadonlyMap<string, number> } => {
  const ids = new Map<string, number>();
  const add = (form: string, id: number): void => {
    if (form === '' || ids.has(form)) {
      throw broken(where, 'words', 'must all differ', JSON.stringify(form));
    }
    ids.set(form, id);
  };
  const entries = table.words.split(' ').map((entry) => entry.split('/', 2));
  const words = entries.map(([word = '']) => word);
  words.forEach((word, i) => add(word, i + 2));
  entries.forEach(([word = '', letters = ''], i) => {
    for (const letter of letters) {
      const ending = table.endings[letter.charCodeAt(0) - 97];
      const form = ending === undefined ? undefined : formOf(word, ending);
      if (form === undefined) {
        throw broken(where, `word ${JSON.stringify(word)}`, 'must take its endings', letter);
      }
      add(form, i + 2);
    }
  });
  for (const group of table.irregular === '' ? [] : table.irregular.split(',')) {
    const [word = '', ...forms] = group.split(' ');
    const id = ids.get(word);
    if (id === undefined) {
      throw broken(where, 'irregular', 'must be forms of words', JSON.stringify(word));
    }
    for (const form of forms) add(form, id);
  }
  return { words, ids };
};
