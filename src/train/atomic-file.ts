// Writes a file so that its path always holds a whole one: the former or the new.

import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError, messageOf } from '../core/errors.ts';

const syncFolder = async (path: string): Promise<void> => {
  // A rename survives a power cut once the folder is synced; systems that cannot open folders need no such step.
  const folder = await open(dirname(path)).catch(() => undefined);
  if (folder === undefined) return;
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const reasonOf = (error: unknown): string => {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no space left on the device';
    case 'ENOENT':
      return 'its folder does not exist';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'no permission';
    default:
      return messageOf(error);
  }
};

/** Replaces `path` by `chunks`: written to `path.partial`, synced to the disk, renamed.
 * @throws {DataError} Writing failed (a full disk, no permission); the former file is as it was. */
export const writeFileAtomic = async (
  path: string,
  chunks: readonly Uint8Array[],
): Promise<void> => {
  const draft = `${path}.partial`;
  try {
    const file = await open(draft, 'w');
    try {
      for (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new DataError({
      where: path,
      what: 'the file',
      rule: 'could not be written',
      actual: reasonOf(error),
      hint: 'the former file, if there was one, is intact',
      cause: error,
    });
  }
  await syncFolder(path);
};
