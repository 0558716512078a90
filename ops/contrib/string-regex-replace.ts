// ai.onnx.contrib@1::StringRegexReplace: matches of an RE2 pattern replaced.

import { RE2JS } from 're2js';
import { defineOp, int, type OpDefinition } from '../../src/schema/index.ts';
import { common, dataError, onlyText, textsOf, textTensor } from './common.ts';

const fail = (what: string, rule: string, more?: Parameters<typeof dataError>[3]): never =>
  dataError('StringRegexReplace', what, rule, more);

const compile = (pattern: string): RE2JS => {
  if (pattern === '') return fail('input pattern', 'must not be empty');
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    return fail('input pattern', 'must be a regular expression of RE2', {
      actual: JSON.stringify(pattern),
      cause,
    });
  }
};

/** A rewrite as literal texts and numbers of groups. */
type Rewrite = readonly (string | number)[];

const parseRewrite = (rewrite: string, groups: number): Rewrite =>
  (rewrite.match(/\\?[^\\]|\\\\|\\$/gsu) ?? []).map((part) => {
    if (!part.startsWith('\\')) return part;
    if (part === '\\\\') return '\\';
    const group = /^\\\d$/.test(part) ? Number(part[1]) : -1;
    if (group >= 0 && group <= groups) return group;
    return fail('input rewrite', `may hold \\\\ and \\0 to \\${Math.min(groups, 9)} only`, {
      actual: JSON.stringify(rewrite),
    });
  });

/** Width in UTF-16 of the character at `at`. */
const widthAt = (text: string, at: number): number => (text.codePointAt(at)! > 0xffff ? 2 : 1);

const replaced = (text: string, pattern: RE2JS, rewrite: Rewrite, everywhere: boolean): string => {
  const matcher = pattern.matcher(text);
  let result = '';
  let at = 0;
  let lastEnd = -1;
  while (at <= text.length && matcher.find(at)) {
    const [start, end] = [matcher.start(), matcher.end()];
    result += text.slice(at, start);
    at = start;
    if (start === end && start === lastEnd) {
      // An empty match where the last one ended is none: one character on.
      if (at === text.length) break;
      const width = widthAt(text, at);
      result += text.slice(at, at + width);
      at += width;
      continue;
    }
    for (const part of rewrite) {
      result += typeof part === 'number' ? (matcher.group(part) ?? '') : part;
    }
    at = end;
    lastEnd = end;
    if (!everywhere) break;
  }
  return result + text.slice(at);
};

/** `y[i]` is `x[i]` with the matches of `pattern` replaced by `rewrite`.
 *
 * Inputs `x`: string, any shape; `pattern`: string, one element, RE2's syntax; `rewrite`: string, one element, where `\0` is
 * the match, `\1` to `\9` are its groups and `\\` is a backslash. Output `y`: string, the shape of `x`. Attribute `global_replace`: 0
 * for the first match only, else all. A pattern or rewrite that is not valid is a DataError. */
export const stringRegexReplace: OpDefinition = defineOp({
  ...common,
  type: 'StringRegexReplace',
  inputs: { x: 'string', pattern: 'string', rewrite: 'string' },
  outputs: { y: 'string' },
  attributes: { global_replace: int(1) },
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x, pattern, rewrite }, attributes) => {
    const regex = compile(onlyText('StringRegexReplace', 'pattern', pattern));
    const text = onlyText('StringRegexReplace', 'rewrite', rewrite);
    const parts = parseRewrite(text, regex.groupCount());
    const everywhere = attributes.global_replace !== 0;
    const replacedTexts = textsOf(x).map((one) => replaced(one, regex, parts, everywhere));
    return { y: textTensor(replacedTexts, x.dims) };
  },
});
