// Build step: bundles the pages' own code: that of `sharmix deploy` into dist/page, beside its HTML and style, and that of
// `sharmix compare --webgpu` into dist/compare-page. onnxruntime-web stays outside: the commands put the installed one beside it.

import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { root } from '../root.ts';
import { leanProto } from './lean-proto.ts';

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
await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
// What only some models need comes in parts of its own, loaded with them.
await build({
  entryPoints: { page: join(root, 'tools', 'page', 'page.ts') },
  outdir,
  chunkNames: 'parts/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [external, leanProto],
});
for (const file of ['index.html', 'style.css']) {
  await copyFile(join(root, 'tools', 'page', file), join(outdir, file));
}

// Entries with shared parts: a user's operators import `sharmix/schema` of the same page.
await build({
  entryPoints: {
    page: join(root, 'tools', 'compare-page', 'page.ts'),
    schema: join(root, 'src', 'schema', 'index.ts'),
    ops: join(root, 'ops', 'index.ts'),
  },
  outdir: join(root, 'dist', 'compare-page'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [external],
});

// The sources that `sharmix new-op --typescript` starts from; the compiled ones lie there already.
const template = join('tools', 'new-op', 'template');
for (const file of await readdir(join(root, template))) {
  await copyFile(join(root, template, file), join(root, 'dist', template, `${file}.txt`));
}
