// Byte-level BPE's alphabet and its cuts before merging: a character for each byte, and GPT-2's pattern.

/** A character for each byte: itself where it is visible, else one from U+0100 on. */
const characterOfByte: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const hidden = byte < 33 || (byte > 126 && byte < 161) || byte === 173;
    return String.fromCodePoint(hidden ? next++ : byte);
  });
})();

const encoder = new TextEncoder();

/** The characters of a text's bytes. */
export const byteCharacters = (text: string): string[] =>
  Array.from(encoder.encode(text), (byte) => characterOfByte[byte]!);

const space = String.raw`\p{Z}\r\n\t\f\v`;
const chunks = new RegExp(
  [
    String.raw`'(?:[stmd]|re|ve|ll)`,
    String.raw` ?\p{L}+`,
    String.raw` ?\p{N}+`,
    ` ?[^\\p{L}\\p{N}${space}]+`,
    `[${space}]+(?![^${space}])`,
    `[${space}]+`,
  ].join('|'),
  'gu',
);

/** A text in chunks that are merged each on their own: nothing of it is lost. */
export const chunksOf = (text: string): readonly string[] => text.match(chunks) ?? [];
