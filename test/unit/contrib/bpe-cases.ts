// Cases of GPT2Tokenizer and CLIPTokenizer: a byte-level vocabulary learned from the texts of the tests.

import { clipTokenizer, gpt2Tokenizer } from '../../../ops/contrib/index.ts';
import type { OpDefinition, Tensor } from '../../../src/schema/index.ts';
import { bool, strings, type Case } from './cases.ts';
import { everyCodePoint, randomTexts, texts, writtenTexts } from './texts.ts';

/** The characters of bytes, written down once more: the visible ones, the others from U+0100 on. */
const alphabet: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte <= 32) return String.fromCodePoint(256 + byte);
  if (byte >= 127 && byte <= 160) return String.fromCodePoint(289 + byte - 127);
  return byte === 173 ? String.fromCodePoint(323) : String.fromCodePoint(byte);
});

const spelled = (word: string): string[] =>
  Array.from(new TextEncoder().encode(word), (byte) => alphabet[byte]!);

/** Merges learned from words: the most frequent pair first. */
const learn = (words: readonly (readonly string[])[], count: number): string[] => {
  let now = words;
  const merges: string[] = [];
  while (merges.length < count) {
    const counts = new Map<string, number>();
    for (const word of now) {
      for (let i = 0; i + 1 < word.length; i++) {
        const pair = `${word[i]} ${word[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    if (best === undefined) break;
    const [left, right] = best[0].split(' ');
    merges.push(best[0]);
    now = now.map((word) => {
      const merged: string[] = [];
      for (const piece of word) {
        if (piece === right && merged.at(-1) === left) merged[merged.length - 1] += piece;
        else merged.push(piece);
      }
      return merged;
    });
  }
  return merges;
};

const corpus = [...writtenTexts, ...randomTexts(200, 11)].flatMap((text) => text.split(/(?= )/));

const files = (
  ends: boolean,
): { readonly vocab: Readonly<Record<string, number>>; readonly merges: string } => {
  const words = corpus
    .map((word) => (ends ? word.trim().toLowerCase() : word))
    .filter((word) => word !== '')
    .map((word) => {
      const letters = spelled(word);
      return ends ? [...letters.slice(0, -1), `${letters.at(-1)!}</w>`] : letters;
    });
  const merges = learn(words, 250);
  const pieces = [
    ...alphabet,
    ...(ends ? alphabet.map((letter) => `${letter}</w>`) : []),
    ...merges.map((merge) => merge.replace(' ', '')),
    ...(ends ? ['<|startoftext|>', '<|endoftext|>'] : ['<|endoftext|>']),
  ];
  return {
    vocab: Object.fromEntries([...new Set(pieces)].map((piece, id) => [piece, id])),
    merges: ['#version: 0.2', ...merges].join('\n'),
  };
};

/** Code points of blocks without characters newer than the peer's tables of Unicode. */
const olderCodePoints = everyCodePoint().filter((text) => {
  const first = text.codePointAt(0)!;
  return [
    [1, 0x03e5],
    [0x3000, 0x9c00],
    [0xac00, 0xd300],
    [0x1f300, 0x1f500],
  ].some(([from, to]) => first >= from! && first <= to!);
});

const outputs = ['input_ids', 'attention_mask'] as const;

const casesOf = (op: OpDefinition, ends: boolean): readonly Case[] => {
  const { vocab, merges } = files(ends);
  const attributes = { vocab: JSON.stringify(vocab), merges };
  // The peer stops where a space is left alone beside a special token of CLIP.
  const all = texts(300, 21).map((text) =>
    ends ? text.replaceAll(/ *(<\|\w+\|>) */gi, '$1') : text,
  );
  const plainTexts = all.filter((text) => !text.includes('<|') && text.trim() !== '');
  const one = (list: readonly string[]) => list.map((text) => ({ text: strings([text]) }));
  const some: readonly { readonly text: Tensor }[] = [
    { text: strings(all) },
    { text: strings([]) },
    ...one(all),
  ];
  // Numbered without gaps: the peer stops at ids above the vocabulary's size.
  const short = Object.fromEntries(
    Object.keys(vocab)
      .filter((piece, i) => i % 3 > 0 && !piece.startsWith('<|'))
      .map((piece, id) => [piece, id]),
  );
  return [
    { op, attributes, runs: some, outputs },
    { op, attributes, runs: one(olderCodePoints), outputs },
    // Offsets are right there for one text of one segment only.
    { op, attributes, runs: one(plainTexts) },
    { op, attributes, runs: [{ text: strings(randomTexts(6, 8), [2, 3]) }], outputs },
    { op, attributes, runs: [{ text: strings(['a scalar'], []) }], outputs },
    { op, attributes, runs: [{ text: strings(['a b']) }], outputs: ['input_ids'] },
    ...[true, false].map((special) => ({
      op,
      attributes,
      runs: all.map((text) => ({ text: strings([text]), add_special_tokens: bool(special) })),
      outputs,
    })),
    ...[1, 2, 5, 77, 300].map((length) => ({
      op,
      attributes: { ...attributes, padding_length: length },
      runs: one(all),
      outputs,
    })),
    ...[0, -2].map((length) => ({
      op,
      attributes: { ...attributes, padding_length: length },
      runs: one(['a']),
      outputs,
    })),
    ...['GPT2', 'CodeGen', 'Roberta', 'other'].map((name) => ({
      op,
      attributes: { ...attributes, model_name: name },
      runs: [{ text: strings(all) }],
      outputs,
    })),
    ...[
      { added_token: 'the=1000\nlazy dog=2000\r\n\nqu=3\nquick b=4\n你好=5\n😀=6\nend of=7\n' },
      { added_token: 'a=7=8\n<|endoftext|>=9' },
      { merges: merges.replaceAll('\n', '\r\n\r\n') },
      { merges: 'a b\n# c\nab c\na b\nc ab' },
      { merges: 'x yz\nq w' },
      { vocab: JSON.stringify(short) },
      { vocab: '{}' },
    ].map((changed) => ({
      op,
      attributes: { ...attributes, ...changed },
      // The peer drops the last character where an added token seems to begin before it: none does at the end of these.
      runs: one(
        [...all, 'end o', 'qu', 'xqu', 'abc aab'].map(
          (text) => `${text.replaceAll(' ', ends ? '_' : ' ')}..`,
        ),
      ),
      outputs,
    })),
    ...[
      { vocab: '' },
      { merges: '' },
      { merges: 'ab' },
      { added_token: 'a' },
      { added_token: 'a=b' },
      { vocab: '[]' },
      { vocab: '{' },
    ].map((changed) => ({
      op,
      attributes: { ...attributes, ...changed },
      runs: one(['a']),
      outputs,
    })),
  ];
};

/** Cases of the byte-level tokenizers. */
export const bpeCases: readonly Case[] = [
  ...casesOf(gpt2Tokenizer, false),
  ...casesOf(clipTokenizer, true),
];
