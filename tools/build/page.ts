// Build step: bundles the page's own code into dist/page, beside its HTML and style. onnxruntime-web stays outside: `sharmix
// deploy` puts the installed one into the site.

import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { root } from '../root.ts';

/** onnxruntime-web is loaded from the site's own folder. */
const external: Plugin = {
  name: 'ort-beside-the-page',
  setup: (build) => {
    build.onResolve({ filter: /^onnxruntime-web\/webgpu$/ }, () => ({
      path: './ort/ort.webgpu.min.mjs',
      external: true,
    }));
  },
};

const outdir = join(root, 'dist', 'page');
await mkdir(outdir, { recursive: true });
await build({
  entryPoints: [join(root, 'tools', 'page', 'page.ts')],
  outfile: join(outdir, 'page.js'),
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [external],
});
for (const file of ['index.html', 'style.css']) {
  await copyFile(join(root, 'tools', 'page', file), join(outdir, file));
}
