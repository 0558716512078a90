// Size of what a browser loads beside onnxruntime-web: the page's own code and the parts it imports at once, gzipped, against
// its limit.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from '../root.ts';

/** Bytes of a kB, as size limits are usually stated. */
const kB = 1000;

const limits: readonly { readonly file: string; readonly maxKB: number }[] = [
  { file: 'dist/page/page.js', maxKB: 76 },
];

/** Files a module loads before it runs: itself, and what it imports by statements. */
const loaded = (file: string, known = new Set<string>()): ReadonlySet<string> => {
  if (known.has(file)) return known;
  known.add(file);
  const code = readFileSync(join(root, file), 'utf8');
  for (const [, name] of code.matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)) {
    if (existsSync(join(root, dirname(file), name!))) loaded(join(dirname(file), name!), known);
  }
  return known;
};

let failed = false;
for (const { file, maxKB } of limits) {
  const sizes = [...loaded(file)].map(
    (part) => gzipSync(readFileSync(join(root, part)), { level: 9 }).length,
  );
  const sizeKB = sizes.reduce((a, b) => a + b, 0) / kB;
  const ok = sizeKB <= maxKB;
  failed ||= !ok;
  process.stdout.write(
    `${ok ? 'ok' : 'too large'}: ${file} ${sizeKB.toFixed(1)} kB gzipped, limit ${maxKB} kB\n`,
  );
}
process.exitCode = failed ? 1 : 0;
