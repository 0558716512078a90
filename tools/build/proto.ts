// Build step: makes dist/src/onnx/proto.js stand alone. The protobuf packages are CommonJS, which a page without a bundler cannot
// import; bundled into that one file they load anywhere, and 64-bit integers stay exact there too.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { root } from '../root.ts';

const require = createRequire(import.meta.url);
const protobufjs = createRequire(require.resolve('protobufjs/minimal.js'));

/** protobufjs asks for `long` by a name that no bundler sees: without it, 64-bit integers would lose digits. */
const withLong: Plugin = {
  name: 'protobufjs-with-long',
  setup: (build) => {
    build.onResolve({ filter: /^@protobufjs\/inquire$/ }, () => ({
      path: 'inquire',
      namespace: 'with-long',
    }));
    build.onLoad({ filter: /.*/, namespace: 'with-long' }, () => ({
      contents: `const Long = require(${JSON.stringify(protobufjs.resolve('long'))});
        module.exports = (name) => (name === 'long' ? Long : null);`,
      resolveDir: root,
    }));
  },
};

const folder = join(root, 'dist', 'src', 'onnx');
const file = join(folder, 'proto.js');
await build({
  entryPoints: [file],
  outfile: file,
  allowOverwrite: true,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['main'],
  target: 'es2022',
  minify: true,
  banner: { js: '// The protobuf packages in one module. Their licences: proto.LICENSE.txt.' },
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [withLong],
});

const licences = [
  ['onnx-proto', join(dirname(require.resolve('onnx-proto')), '..', 'LICENSE')],
  ['protobufjs and @protobufjs/*', protobufjs.resolve('./LICENSE')],
  ['long', join(dirname(protobufjs.resolve('long')), '..', 'LICENSE')],
] as const;
const texts = licences.map(([name, path]) => `${name}\n\n${readFileSync(path, 'utf8').trim()}\n`);
writeFileSync(join(folder, 'proto.LICENSE.txt'), texts.join(`\n${'-'.repeat(78)}\n\n`));
