// The recipes of the runtime's README are the programs of these tests, word for word.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const sectionsOf = (text: string, names: readonly string[]): string =>
  text
    .split(/^(?=## )/m)
    .filter((section) => names.some((name) => section.startsWith(`## ${name}\n`)))
    .join('');

/** The blocks of code of a text in Markdown; a first line that only names the file is left out. */
const blocksOf = (text: string): readonly string[] =>
  [...text.matchAll(/^```(?:js|jsx|html)\n([\s\S]*?)^```$/gm)].map(([, code]) =>
    code!.replace(/^\/\/ [\w-]+\.js\n/, '').trim(),
  );

const unindented = (text: string): string => text.replaceAll(/^ +/gm, '');

describe('the README of the runtime', () => {
  it('shows nothing that the apps do not run', async () => {
    const readme = await readFile(join(import.meta.dirname, '../../src/runtime/README.md'), 'utf8');
    const files = (await readdir(import.meta.dirname, { recursive: true })).filter(
      (path) => /\.(js|jsx|html)$/.test(path) && !path.includes('node_modules'),
    );
    const programs = await Promise.all(
      files.map(async (path) =>
        unindented(await readFile(join(import.meta.dirname, path), 'utf8')),
      ),
    );
    const blocks = blocksOf(sectionsOf(readme, ['Bundlers', 'transformers.js']));
    expect(blocks).toHaveLength(10);
    const strangers = blocks.filter(
      (block) => !programs.some((program) => program.includes(unindented(block))),
    );
    expect(strangers).toEqual([]);
  });

  it('shows one program that a plain page and Vite both run', async () => {
    const [plain, vite] = await Promise.all(
      ['import-map', 'vite'].map((app) =>
        readFile(join(import.meta.dirname, app, 'main.js'), 'utf8'),
      ),
    );
    expect(vite).toBe(plain);
  });
});
