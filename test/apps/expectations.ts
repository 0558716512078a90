// What every app must show: the reference's probabilities with its exact zeros, and one copy of each wasm file.

import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { expected } from './model.ts';

/** Who ran a model: what a page reports of its session. */
export interface Ran {
  /** Providers of the standard operators. */
  readonly providers: readonly string[];
  /** Forms of the custom nodes' kernels. */
  readonly forms: readonly string[];
}

/** A model whose standard operators and whose SharMiX ran on WebGPU. */
export const onWebGpu: Ran = { providers: ['webgpu'], forms: ['wgsl'] };

/** A model that ran without a GPU: SharMiX in its JS kernel. */
export const without = (provider: 'wasm' | 'cpu'): Ran => ({
  providers: [provider],
  forms: ['js'],
});

/** Checks what an app reports: who ran the model, and its probabilities, row after row: within 2e-6 of the reference, and exactly 0
 * where it is. */
export const expectReport = (report: unknown, ran: Ran): void => {
  expect(report).toMatchObject({ ...ran });
  const { probabilities } = report as { readonly probabilities: readonly number[] };
  const wanted = expected().flat();
  expect(wanted).toContain(0);
  expect(probabilities).toHaveLength(wanted.length);
  wanted.forEach((p, i) => {
    if (p === 0) expect(probabilities[i]).toBe(0);
    else expect(Math.abs(probabilities[i]! - p)).toBeLessThan(2e-6);
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
