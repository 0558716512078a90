// Where the package lies, seen from the built file dist/tools/root.js.

import { fileURLToPath } from 'node:url';

/** The package's folder, without a slash at the end. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');
