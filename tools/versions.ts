// Versions out of package.json files: this package's own, and those of installed packages.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './root.ts';

const readVersion = (manifest: string): string =>
  (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;

const require_ = createRequire(import.meta.url);

/** Version of this package. */
export const packageVersion = (): string => readVersion(join(root, 'package.json'));

/** Version of an installed package, found as Node finds it from the user's folder, else from here; undefined where it is not there. */
export const installedVersion = (name: string): string | undefined => {
  const folders = [join(process.cwd(), 'node_modules'), ...(require_.resolve.paths(name) ?? [])];
  const manifest = folders
    .map((folder) => join(folder, name, 'package.json'))
    .find((path) => existsSync(path));
  return manifest === undefined ? undefined : readVersion(manifest);
};
