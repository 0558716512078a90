// A contender that runs models on WebGPU in a headless Chromium: a page of our own, the installed onnxruntime-web, the user's modules.

import { copyFile, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../../src/runtime/index.ts';
import { messageOf, RuntimeError } from '../../src/schema/index.ts';
import { decodeTensors, encodeTensors } from '../compare-page/tensors.ts';
import { root } from '../root.ts';
import { ensureChromium } from '../setup/chromium.ts';
import { chromiumArgs } from '../setup/chromium-args.ts';
import { serveSite } from '../site/serve.ts';

/** The page's entries under the names that a user's module imports. */
const imports = { 'sharmix/schema': './schema.js', 'sharmix/ops': './ops.js' };

const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>sharmix compare</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="./page.js"></script></head><body></body></html>
`;

/** Lays out the page's folder: our files copied, onnxruntime-web and the folders of the user's modules linked.
 * @returns Addresses of the modules on the page. */
const layOut = async (folder: string, modules: readonly string[]): Promise<readonly string[]> => {
  const own = join(root, 'dist', 'compare-page');
  for (const file of await readdir(own)) {
    if (file.endsWith('.js')) await copyFile(join(own, file), join(folder, file));
  }
  await writeFile(join(folder, 'index.html'), html);
  const ort = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/webgpu')));
  await symlink(ort, join(folder, 'ort'));
  return Promise.all(
    modules.map(async (module, at) => {
      await symlink(dirname(resolve(module)), join(folder, `user${at}`));
      return `./user${at}/${basename(module)}`;
    }),
  );
};

const failure = (what: string, cause: unknown): RuntimeError =>
  new RuntimeError({
    where: 'compare --webgpu',
    what,
    rule: 'failed',
    actual: messageOf(cause),
    hint: '`sharmix doctor` shows whether Chromium and its WebGPU adapter are there',
    cause,
  });

/** Opens Chromium, hands out a contender that runs on WebGPU there, and closes it after use.
 * @param modules - Files of the user's operators. They may import `sharmix/schema`, and files of their own folder.
 * @throws {RuntimeError} Chromium or onnxruntime-web is missing. */
export const withChromium = async <T>(
  modules: readonly string[],
  use: (contender: Contender) => Promise<T>,
): Promise<T> => {
  const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const executablePath = await ensureChromium({ log });
  const folder = await mkdtemp(join(tmpdir(), 'sharmix-compare-'));
  try {
    const addresses = await layOut(folder, modules);
    const server = await serveSite(folder, 0);
    const { chromium } = await import('playwright-core');
    const browser = await chromium.launch({ executablePath, args: [...chromiumArgs] });
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(server.url);
      await page
        .waitForFunction(() => 'sharmixRun' in window, undefined, { timeout: 30_000 })
        .catch((cause: unknown) => {
          throw failure('the page', errors.length > 0 ? new Error(errors.join('; ')) : cause);
        });
      let models = 0;
      return await use({
        name: 'kernels on WebGPU',
        run: async (model, feeds) => {
          const file = `model${models++}.onnx`;
          await writeFile(join(folder, file), model);
          const outputs = await page.evaluate(
            ([path, given, urls]) => window.sharmixRun(path, given, urls),
            [`./${file}`, encodeTensors(feeds), addresses] as const,
          );
          return decodeTensors(outputs);
        },
      });
    } finally {
      await browser.close();
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
