// What every app must show: the reference's probabilities with its exact zeros, and one copy of each wasm file.

import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { expected } from './model.ts';

/** Checks probabilities, row after row: within 2e-6 of the reference, and exactly 0 where it is. */
export const expectProbabilities = (actual: readonly number[] | undefined): void => {
  const wanted = expected().flat();
  expect(wanted).toContain(0);
  expect(actual).toHaveLength(wanted.length);
  wanted.forEach((p, i) => {
    if (p === 0) expect(actual![i]).toBe(0);
    else expect(Math.abs(actual![i]! - p)).toBeLessThan(2e-6);
  });
};

/** Files of a folder whose name ends in `suffix`, by path below it. */
const filesOf = async (folder: string, suffix: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(suffix)).sort();

/** Checks that a built program holds one file of WebAssembly, and no large file twice under two names. */
export const expectOneWasm = async (folder: string): Promise<void> => {
  expect(await filesOf(folder, '.wasm')).toHaveLength(1);
  const names = new Map<string, string[]>();
  for (const name of (await readdir(folder, { recursive: true, withFileTypes: true })).flatMap(
    (entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []),
  )) {
    const bytes = await readFile(name);
    if (bytes.length < 10_000) continue;
    const hash = createHash('sha256').update(bytes).digest('hex');
    names.set(hash, [...(names.get(hash) ?? []), name]);
  }
  expect([...names.values()].filter((same) => same.length > 1)).toEqual([]);
};

/** What an app's page reports. */
export interface Report {
  /** Row after row. */
  readonly probabilities: readonly number[];
  /** Who ran the model's standard operators. */
  readonly providers: readonly string[];
}
