// Text to raw tokens: Unicode normalisation, lower case, URLs, mail addresses, mentions, numbers and smileys folded. No vocabulary.

/** Tokens that stand for a kind of thing. They hold characters no word has, so no text spells one. */
export const foldedTokens = [
  '<url>',
  '<email>',
  '<user>',
  '<number>',
  '<smile>',
  '<frown>',
  '<long>',
] as const;

/** Words longer than this (in UTF-16 units) become `<long>`: encoded attachments, keyboard mashing. */
const longestWord = 40;

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
};

// Every repetition that another one could continue is bounded, so that no text takes more than linear time.
const pattern = new RegExp(
  [
    String.raw`(?<url>(?:https?:\/\/|www\.)[^\s<>"]+)`,
    String.raw`(?<email>[\p{L}\p{N}][\p{L}\p{N}._%+-]{0,63}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8})`,
    String.raw`(?<user>@[\p{L}\p{N}_]+)`,
    String.raw`(?<smile>[:;=][-o']?[)d\]](?![\p{L}\p{N}])|<3)`,
    String.raw`(?<frown>[:=][-']?[(\[](?![\p{L}\p{N}]))`,
    String.raw`(?<number>\p{N}+(?:[.,:\/]\p{N}+)*)`,
    String.raw`(?<word>\p{L}[\p{L}\p{M}\p{N}]*(?:'[\p{L}\p{M}]+)*)`,
    String.raw`(?<sign>[!?$€£%]|\p{Extended_Pictographic})`,
  ].join('|'),
  'gu',
);

/** Lower-case text in Unicode's NFKC, typographic apostrophes made plain, the commonest HTML entities decoded. */
export const normaliseText = (text: string): string =>
  text
    .replace(
      /&(?:amp|lt|gt|quot|nbsp|#39);/gi,
      (entity) => entities[entity.toLowerCase()] ?? entity,
    )
    .normalize('NFKC')
    .toLowerCase()
    // Lower case may leave a letter and its mark apart.
    .normalize('NFKC')
    .replace(/[\u2018\u2019\u02BC]/g, "'");

const wordOf = (word: string): string => {
  if (word.length > longestWord) return '<long>';
  return word.endsWith("'s") ? word.slice(0, -2) : word;
};

/** The tokens of a text, in order: words without a final `'s`, signs, pictographs and {@link foldedTokens}.
 *
 * A word is a letter and what follows of letters, marks, digits and inner apostrophes; a run of a script without spaces is one
 * word. Hashtags lose their `#`.
 * @param most - Stop after so many tokens. */
export const tokensOf = (text: string, most = Infinity): string[] => {
  const tokens: string[] = [];
  if (most <= 0) return tokens;
  for (const { groups } of normaliseText(text).matchAll(pattern)) {
    const { word, sign } = groups!;
    if (word !== undefined) tokens.push(wordOf(word));
    else if (sign !== undefined) tokens.push(sign);
    else tokens.push(`<${Object.keys(groups!).find((kind) => groups![kind] !== undefined)!}>`);
    if (tokens.length >= most) break;
  }
  return tokens;
};
