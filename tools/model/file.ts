// Model files of the commands: read whole, written whole or not at all.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { SessionOptions } from '../../src/runtime/ort-types.ts';
import { DataError, messageOf } from '../../src/schema/index.ts';
import { writeFileAtomic } from '../../src/train/atomic-file.ts';

/** The bytes of a model file.
 * @throws {DataError} It cannot be read. */
export const readModelFile = async (path: string): Promise<Uint8Array> => {
  try {
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (cause) {
    throw new DataError({
      where: path,
      what: 'the model',
      rule: 'must be a file that can be read',
      actual: messageOf(cause),
      cause,
    });
  }
};

/** Refuses a file that exists, unless it may be replaced.
 * @throws {DataError} It exists. */
export const checkFree = (path: string, force: boolean | undefined): void => {
  if (!existsSync(path) || force === true) return;
  throw new DataError({
    where: path,
    what: 'the output file',
    rule: 'must not exist',
    hint: 'choose another name, or replace it with --force',
  });
};

/** Writes a file, whole or not at all. */
export const writeOut = (path: string, content: Uint8Array | string): Promise<void> =>
  writeFileAtomic(path, [
    typeof content === 'string' ? new TextEncoder().encode(content) : content,
  ]);

/** Session options under which bytes of a model find its external data: beside the file they were read from. */
export const besides = (path: string): SessionOptions => ({
  extra: { session: { model_external_initializers_file_folder_path: dirname(resolve(path)) } },
});

/** Names in a comma-separated option. */
export const parseNames = (text: string): readonly string[] => {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError('Names, separated by commas.');
};

/** A size for people. */
export const sizeText = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
};

/** Rows as a table: columns as wide as their widest cell, those of `right` to the right. */
export const tableText = (
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string => {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) =>
          right.includes(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
