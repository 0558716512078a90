// Characters as onnxruntime-extensions sees them, one code point at a time: its lower case, accents, spaces, punctuation, controls and
// Chinese characters are tables of its own, not Unicode's.

type Range = readonly [first: number, last: number];

const within =
  (...ranges: readonly Range[]) =>
  (code: number): boolean =>
    ranges.some(([first, last]) => code >= first && code <= last);

const one = (...codes: readonly number[]): readonly Range[] => codes.map((code) => [code, code]);

const isRaised = within(
  [0x41, 0x5a],
  [0xc0, 0xd6],
  [0xd8, 0xde],
  [0x399, 0x39d],
  [0x39f, 0x3a0],
  [0x410, 0x42f],
  // The first half of these are small letters already: they move too.
  [0x1f08, 0x1f68],
);

/** Lower case of one code point: ASCII, Latin-1, seven Greek capitals, the Cyrillic ones, and U+1F08 to U+1F68. */
export const lowerCode = (code: number): number => (isRaised(code) ? code + 32 : code);

/** Lower case of a text, by {@link lowerCode}. */
export const lowerText = (text: string): string => mapCodes(text, lowerCode);

const accents: ReadonlyMap<number, number> = new Map(
  Object.entries({
    A: 'ÀÁÂÃÄÅ',
    C: 'Ç',
    E: 'ÈÉÊË',
    I: 'ÌÍÎÏ',
    N: 'Ñ',
    O: 'ÒÓÔÕÖ',
    U: 'ÙÚÛÜ',
    Y: 'Ý',
    a: 'àáâãäå',
    c: 'ç',
    e: 'èéêë',
    i: 'ìíîï',
    n: 'ñ',
    o: 'òóôõö',
    u: 'ùúûü',
    y: 'ýÿ',
  }).flatMap(([plain, accented]) =>
    Array.from(accented, (letter) => [letter.charCodeAt(0), plain.charCodeAt(0)] as const),
  ),
);

/** A letter of Latin-1 without its accent. */
export const withoutAccent = (code: number): number => accents.get(code) ?? code;

/** A combining accent, U+0300 to U+036F. */
export const isAccent = within([0x300, 0x36f]);

/** A Chinese character. */
export const isChinese = within(
  [0x4e00, 0x9fff],
  [0x3400, 0x4dbf],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b820, 0x2ceaf],
  [0xf900, 0xfaff],
  [0x2f800, 0x2fa1f],
);

/** White space that separates words. */
export const isSpace = within(
  ...one(0x0d, 0x20, 0xa0, 0x202f, 0x205f, 0x3000),
  [0x09, 0x0a],
  [0x2000, 0x200a],
);

/** Punctuation. */
export const isPunctuation = within(
  ...one(0xa1, 0xa7, 0xab, 0xbb, 0xbf, 0x37e, 0x387, 0x3030, 0x303d),
  [0x21, 0x2f],
  [0x3a, 0x40],
  [0x5b, 0x60],
  [0x7b, 0x7e],
  [0xb6, 0xb7],
  [0x2010, 0x2027],
  [0x2030, 0x2043],
  [0x2045, 0x2051],
  [0x2053, 0x205e],
  [0x3001, 0x3003],
  [0x3008, 0x3011],
  [0x3014, 0x301f],
);

/** Control characters, and the unassigned ones that count as such. */
export const isControl = within(
  ...one(0xad, 0x38b, 0x38d, 0x3a2, 0x2e9a, 0x2a6de, 0x2fa1e),
  [0x00, 0x08],
  [0x0b, 0x0c],
  [0x0e, 0x1f],
  [0x80, 0x9f],
  [0x378, 0x379],
  [0x380, 0x383],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206e],
  [0x2ef4, 0x2efe],
  [0x9ffd, 0x9ffe],
  [0xfa6e, 0xfa6f],
  [0xfada, 0xfafe],
  [0x2b735, 0x2b73e],
  [0x2b81e, 0x2b81f],
  [0x2cea2, 0x2ceae],
);

/** The code points of a text. */
export const codesOf = (text: string): number[] => Array.from(text, (c) => c.codePointAt(0)!);

/** A text whose code points are replaced one by one. */
const mapCodes = (text: string, change: (code: number) => number): string => {
  let changed = '';
  for (const character of text) changed += String.fromCodePoint(change(character.codePointAt(0)!));
  return changed;
};
