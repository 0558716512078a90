// Text to raw tokens: what is folded, what a word is, Unicode, and that no text takes long.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseText, tokensOf } from '../../../src/text/index.ts';
import { tokenCases } from './token-cases.ts';

describe('tokensOf', () => {
  it.each(tokenCases)('%s', (text, tokens) => {
    expect(tokensOf(text)).toEqual(tokens);
  });

  it('takes a final full stop for none of the number, the domain alone for the address', () => {
    expect(tokensOf('in 2015. a@b.com.')).toEqual(['in', '<number>', '<email>']);
  });

  it('folds words that are too long to be any, and no shorter ones', () => {
    expect(tokensOf(`${'a'.repeat(40)} ${'b'.repeat(41)}`)).toEqual(['a'.repeat(40), '<long>']);
  });

  it('gives composed, decomposed, full-width and ligature letters the same tokens', () => {
    expect(tokensOf('cafe\u0301')).toEqual(tokensOf('caf\u00e9'));
    expect(tokensOf('\uff26\uff4c\uff49\uff47\uff48\uff54')).toEqual(['flight']);
    expect(tokensOf('\ufb01ne')).toEqual(['fine']);
  });

  it('keeps words of other scripts and marks', () => {
    expect(tokensOf('Привет мир')).toEqual(['привет', 'мир']);
    expect(tokensOf('नमस्ते')).toEqual(['नमस्ते']);
    expect(tokensOf('İstanbul')).toEqual(['i\u0307stanbul']);
  });

  it('passes over lone surrogates', () => {
    expect(tokensOf('a \ud800 b\udc00c')).toEqual(['a', 'b', 'c']);
  });

  it('stops after as many tokens as asked for', () => {
    expect(tokensOf('a b c d', 2)).toEqual(['a', 'b']);
    expect(tokensOf('a b', 0)).toEqual([]);
  });

  it.each(['a', 'a.', '1.', ':', '@', "a'", 'http://', 'é\u0301', 'a@'])(
    'takes linear time on a million characters of %j',
    (piece) => {
      const text = piece.repeat(1_000_000 / piece.length);
      const start = performance.now();
      tokensOf(text);
      // A quadratic pattern takes hours here.
      expect(performance.now() - start).toBeLessThan(10_000);
    },
  );

  it('depends on case and on the form of Unicode for no text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(tokensOf(text.normalize('NFD'))).toEqual(tokensOf(text.normalize('NFC')));
        expect(normaliseText(normaliseText(text))).toBe(normaliseText(text));
      }),
      { numRuns: 500 },
    );
  });

  it('gives tokens without spaces or the signs of the lemma table, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const token of tokensOf(text)) expect(token).toMatch(/^[^\s/,]+$/u);
      }),
      { numRuns: 500 },
    );
  });
});
