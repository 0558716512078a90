// Size of what a browser loads beside onnxruntime-web: the page's own code, gzipped, against its limit.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from '../root.ts';

/** Bytes of a kB, as size limits are usually stated. */
const kB = 1000;

const limits: readonly { readonly file: string; readonly maxKB: number }[] = [
  { file: 'dist/page/page.js', maxKB: 60 },
];

let failed = false;
for (const { file, maxKB } of limits) {
  const sizeKB = gzipSync(readFileSync(join(root, file)), { level: 9 }).length / kB;
  const ok = sizeKB <= maxKB;
  failed ||= !ok;
  process.stdout.write(
    `${ok ? 'ok' : 'too large'}: ${file} ${sizeKB.toFixed(1)} kB gzipped, limit ${maxKB} kB\n`,
  );
}
process.exitCode = failed ? 1 : 0;
