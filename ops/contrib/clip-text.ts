// How CLIP's texts are cleaned before they are cut, as onnxruntime-extensions does.

const space = String.raw`\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const onlySpaces = new RegExp(`^[${space}]*$`, 'u');
const runs = new RegExp(`([${space}])[${space}]+`, 'gu');
const edges = new RegExp(`^[${space}]|[${space}]$`, 'gu');

/** Whether a text has nothing but white space (Python's). */
export const onlySpace = (text: string): boolean => onlySpaces.test(text);

/** Of each run of white space the first character, none at the ends, and no line breaks: words they alone separate become one. */
export const cleanText = (text: string): string =>
  text
    .replace(runs, '$1')
    .replace(edges, '')
    .replace(/[\r\n]/g, '');

/** Lower case by code point, without regard to the characters around. */
export const lowerSimple = (text: string): string =>
  Array.from(text, (character) => character.toLowerCase()).join('');
