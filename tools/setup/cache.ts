// The cache outside node_modules: folders that appear whole or not at all.

import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Folder of the cache: `$XDG_CACHE_HOME/sharmix`, else `~/.cache/sharmix`. */
export const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sharmix');

/** The folder `name` of the cache; where it is missing, `fill` writes it into an empty folder that is then moved there. */
export const cached = async (
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> => {
  const target = join(cacheFolder(), name);
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const draft = await mkdtemp(`${target}.`);
  try {
    await fill(draft);
    // Another process may have been first: its folder is as good.
    await rename(draft, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
};
