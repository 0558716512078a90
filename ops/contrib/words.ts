// Texts cut into words (BERT's basic tokenization), and words cut into the pieces of a vocabulary (WordPiece), both as
// onnxruntime-extensions does.

import {
  codesOf,
  isAccent,
  isChinese,
  isControl,
  isPunctuation,
  isSpace,
  lowerCode,
  withoutAccent,
} from './characters.ts';

/** What the basic tokenization does beside cutting at white space. */
export interface BasicOptions {
  readonly lower: boolean;
  readonly chinese: boolean;
  readonly stripAccents: boolean;
  readonly punctuation: boolean;
  readonly dropControl: boolean;
}

/** The words of a text; punctuation and Chinese characters are words of their own where the options say so. */
export const basicWords = (text: string, options: BasicOptions): string[] => {
  const words: string[] = [];
  let word = '';
  const finish = (): void => {
    if (word !== '') words.push(word);
    word = '';
  };
  for (const original of codesOf(text)) {
    const plain = options.stripAccents ? withoutAccent(original) : original;
    const code = options.lower ? lowerCode(plain) : plain;
    const character = String.fromCodePoint(code);
    if (options.chinese && isChinese(code)) {
      finish();
      words.push(character);
    } else if (options.stripAccents && isAccent(code)) {
      continue;
    } else if (options.punctuation && isPunctuation(code)) {
      finish();
      words.push(character);
    } else if (isSpace(code)) {
      finish();
    } else if (!(options.dropControl && isControl(code))) {
      word += character;
    }
  }
  finish();
  return words;
};

/** How words are cut into pieces. */
export interface PieceOptions {
  /** Whether the vocabulary has a piece. */
  readonly has: (piece: string) => boolean;
  /** What a piece starts with that does not start its word. */
  readonly prefix: string;
  /** The piece for what no piece fits. */
  readonly unknown: string;
  /** Longer words, in code points, are unknown as a whole. */
  readonly maxLength: number;
}

/** The pieces of a word, the longest that fits each time. Where none fits the rest is unknown; the pieces before it stay. */
export const piecesOf = (
  word: string,
  { has, prefix, unknown, maxLength }: PieceOptions,
): string[] => {
  const characters = Array.from(word);
  if (characters.length > maxLength) return [unknown];
  const pieces: string[] = [];
  for (let start = 0; start < characters.length;) {
    let end = characters.length;
    let piece = '';
    for (; end > start; end--) {
      piece = (start > 0 ? prefix : '') + characters.slice(start, end).join('');
      if (has(piece)) break;
    }
    if (end === start) return [...pieces, unknown];
    pieces.push(piece);
    start = end;
  }
  return pieces;
};
