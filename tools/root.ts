// Where the package lies, seen from the built file dist/tools/root.js; and the generated parts of its README.

import { fileURLToPath } from 'node:url';

/** The package's folder, without a slash at the end. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

/** A text with the part between `<!-- NAME: ... -->` and `<!-- /NAME -->` replaced.
 * @throws Where the marks are missing. */
export const replaceBetween = (text: string, name: string, part: string): string => {
  const marks = new RegExp(`(<!-- ${name}: [^\\n]* -->)[\\s\\S]*(<!-- /${name} -->)`);
  if (!marks.test(text))
    throw new Error(`the marks <!-- ${name}: ... --> and <!-- /${name} --> are missing`);
  return text.replace(marks, (_, open: string, close: string) => `${open}\n${part}\n${close}`);
};
