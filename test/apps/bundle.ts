// Builds small programs into folders of static files, with the files of onnxruntime-web they load beside them.

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,"></head>
<body><script type="module" src="./main.js"></script></body></html>
`;

/** A built program. */
export interface Built {
  readonly folder: string;
  remove(): Promise<void>;
}

const built = async (make: (folder: string) => Promise<void>): Promise<Built> => {
  const folder = await mkdtemp(join(tmpdir(), 'sharmix-app-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await make(folder);
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, remove };
};

/** Bundles programs with esbuild and puts them beside a page that starts `main`, with the named files of onnxruntime-web.
 * @param entries - Names and sources: `{ main: url, worker: url }` makes main.js and worker.js.
 * @param ortFiles - Of onnxruntime-web's dist folder. */
export const buildWithEsbuild = (
  entries: Readonly<Record<string, URL>>,
  ortFiles: readonly string[],
): Promise<Built> =>
  built(async (folder) => {
    await esbuild({
      entryPoints: Object.fromEntries(
        Object.entries(entries).map(([name, url]) => [name, fileURLToPath(url)]),
      ),
      outdir: folder,
      bundle: true,
      format: 'esm',
      platform: 'browser',
      // The glue of the WebAssembly stays a file of its own: threads load it, and must not load the program.
      conditions: ['onnxruntime-web-use-extern-wasm'],
      alias: {
        'sharmix/runtime': fileURLToPath(new URL('../../src/runtime/index.ts', import.meta.url)),
        'sharmix/ops': fileURLToPath(new URL('../../ops/index.ts', import.meta.url)),
      },
      target: 'es2022',
      minify: true,
      logLevel: 'error',
    });
    const dist = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/webgpu')));
    await mkdir(folder, { recursive: true });
    for (const file of ortFiles) await cp(join(dist, file), join(folder, file));
    await writeFile(join(folder, 'index.html'), page);
  });
