// Texts and the tokens they must give, in Node and in a browser alike.

/** A text and its tokens. */
export const tokenCases: readonly (readonly [text: string, tokens: readonly string[]])[] = [
  ['see https://t.co/mWpG7grEZP now', ['see', '<url>', 'now']],
  ['WWW.Example.com/a?b=c&d', ['<url>']],
  ['write to Jane.Doe+x@mail.example.org!', ['write', 'to', '<email>', '!']],
  ['@VirginAmerica thanks @you_2', ['<user>', 'thanks', '<user>']],
  ['pay $30.50 or 1,000 by 10:45', ['pay', '$', '<number>', 'or', '<number>', 'by', '<number>']],
  ['room 12b, flight b737', ['room', '<number>', 'b', 'flight', 'b737']],
  ['#fail #2015', ['fail', '<number>']],
  [':) :-D ;) <3 :( :-[', ['<smile>', '<smile>', '<smile>', '<smile>', '<frown>', '<frown>']],
  ['why?! 50%', ['why', '?', '!', '<number>', '%']],
  ['rock \u{1F600}\u{2708}', ['rock', '\u{1F600}', '\u{2708}']],
  ["don\u2019t, the airline's plane", ["don't", 'the', 'airline', 'plane']],
  ["'quoted' guests' seats", ['quoted', 'guests', 'seats']],
  ['fish &amp; chips &lt;b&gt; &#39;x&#39;', ['fish', 'chips', 'b', 'x']],
  ['-- ... ,;', []],
  ['', []],
  [' \t\n\u00a0', []],
  ['cafe\u0301 CAF\u00c9 \ufb01ne \uff26\uff4c\uff59', ['caf\u00e9', 'caf\u00e9', 'fine', 'fly']],
  ['Привет नमस्ते İstanbul ΣΑΣ', ['привет', 'नमस्ते', 'i\u0307stanbul', 'σας']],
  ['a \ud800 b\udc00c', ['a', 'b', 'c']],
];
