// Texts the operators of ai.onnx.contrib are tried with: scripts, accents, emoji, controls, white space, and random mixtures of them.

import { XorShift } from './random.ts';

/** Texts written by hand, one for each thing that can go wrong. */
export const writtenTexts: readonly string[] = [
  '',
  ' ',
  '   ',
  'a',
  'A',
  'Hello, World!',
  "It's 5 o'clock; they've said I'm late, we'll see. HE'D SHE'S",
  '  leading and trailing  ',
  'tabs\tand\nnew\r\nlines\u000b\u000c',
  'Ünïcödé ÀÉÎÕÜ àéîõü ß ÿ Ÿ Ø ø Æ æ Œ œ Ð ð Þ þ × ÷',
  'e\u0301a\u0300o\u0308 combining \u0345 accents',
  'İstanbul ıI ǅ ǆ ǅ ſ',
  'Ελληνικά ΑΒΓΔΙΚΛΜΝΞΟΠΡΣΤ ἈἉᾼ ᾳ ὠὨ',
  'Привет, МИР! Ёлка Ўзбек',
  '你好,世界。今天天气很好！',
  'これはテストです。カタカナ ｶﾀｶﾅ',
  '안녕하세요 세계',
  'مرحبا بالعالم ١٢٣',
  'שלום עולם',
  'नमस्ते दुनिया',
  'สวัสดีชาวโลก',
  '😀😃👨‍👩‍👧‍👦🏳️‍🌈👍🏽',
  'mixed 中a文b字c 😀d',
  '𠀀𪜀丽 rare characters 𝔘𝔫𝔦',
  'no\u00a0break\u2003em\u3000wide\u205fmath\u202fthin\u1680ogham\u2028line\u2029paragraph\u0085next',
  'zero\u200bwidth\u200djoin\u2060er\ufeffbom\u00adsoft',
  '\u0001\u0002control\u001f\u007f\u0080\u009f',
  'punct: !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ ¡§«»¿ ‘’“”–— … ‰ ′ 、。〈〉「」〜〰〽',
  '123 1,234.56 ½ ² Ⅷ ①',
  'the quick brown fox jumps over the lazy dog',
  'unaffable unwanted running',
  'a'.repeat(99),
  'a'.repeat(100),
  'a'.repeat(101),
  `${'un'.repeat(150)} after`,
  'word '.repeat(40),
  '[CLS] special [SEP] tokens [UNK] [MASK] [PAD]',
  '<|endoftext|> <|startoftext|> <s> </s> <unk>',
  'a,b,,c, ;d;',
  ',',
  ',,',
  'http://example.com/a?b=c&d=e#f user@example.com',
  'ﬁ ﬂ ﬀ ㎏ ™ Å K Ω',
  '\ud7ff\ue000\uffff\u{10ffff}',
  '$1 \\1 ${a} (x) [y]',
];

const alphabets: readonly string[] = [
  'abcdefghijklmnopqrstuvwxyz',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'aeiou  lower newest widest unwanted runing',
  '0123456789.,',
  ' !"#$%&\'()*+,-./:;<=>?@[]^_`{|}~',
  'àâäéèêëïîôöùûüÿçÀÂÄÉÈÊËÏÎÔÖÙÛÜŸÇßñÑ\u0301\u0308',
  'αβγδΑΒΓΔΙΚΛΜ абвгАБВГ',
  '你好世界天气今日本語ひらがなカタカナ',
  '😀😃👍🏽\u200d🌈',
  '\t\n\r \u00a0\u3000\u2003',
  '\u0001\u007f\u0080\u00ad\u200b',
];

/** Random texts of 0 to 60 characters, most of one or two alphabets; the same ones for the same seed. */
export const randomTexts = (count: number, seed: number): string[] => {
  const random = new XorShift(seed);
  return Array.from({ length: count }, () => {
    const used = Array.from({ length: 1 + random.below(3) }, () => random.pick(alphabets));
    return Array.from({ length: random.below(60) }, () => {
      if (random.below(8) === 0) return ' ';
      return random.pick(Array.from(random.pick(used)));
    }).join('');
  });
};

/** The written texts and `count` random ones. */
export const texts = (count = 300, seed = 1): readonly string[] => [
  ...writtenTexts,
  ...randomTexts(count, seed),
];

/** Every code point but NUL and the surrogates, 997 to a text. */
export const everyCodePoint = (): readonly string[] => {
  const codes = Array.from({ length: 0x10ffff }, (_, i) => i + 1).filter(
    (code) => code < 0xd800 || code > 0xdfff,
  );
  return Array.from({ length: Math.ceil(codes.length / 997) }, (_, i) =>
    String.fromCodePoint(...codes.slice(i * 997, (i + 1) * 997)),
  );
};
