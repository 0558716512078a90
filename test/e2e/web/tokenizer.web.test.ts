// The tokenizer in a browser: the tokens and ids that Node's tests ask for as well.

import { describe, expect, it } from 'vitest';
import { Tokenizer, tokensOf } from '../../../src/text/index.ts';
import { tokenCases } from '../../unit/text/token-cases.ts';

describe('in the browser', () => {
  it.each(tokenCases)('the tokens of %j are those of Node', (text, tokens) => {
    expect(tokensOf(text)).toEqual(tokens);
  });

  it('a tokenizer of its JSON gives words and their forms their ids', () => {
    const tokenizer = new Tokenizer({
      format: 'sharmix-tokenizer',
      version: 1,
      length: 8,
      endings: ['/s', '+ed'],
      words: '<user> cancel/ab be caf\u00e9',
      irregular: 'be was were',
    });
    const ids = tokenizer.encode('@you CANCELLED! It was cafe\u0301 cancels');
    expect([...ids]).toEqual([2, 3, 1, 1, 4, 5, 3, 0]);
  });
});
