// ONNX's backend test data as Debian packages them (libonnx-testdata): found where it is installed, else taken out of the package
// into the cache, without root.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RuntimeError } from '../../src/core/errors.ts';
import { cacheFolder, cached } from './cache.ts';
import { runCommand } from './command.ts';

/** Release whose data the tests' counts are of (Debian 12). */
const testdataVersion = '1.12.0';

const packageName = 'libonnx-testdata';
const insideOfPackage = join('usr', 'share', packageName, 'data');
const cacheName = `${packageName}-${testdataVersion}`;
const timeoutMs = 5 * 60_000;

const isData = (folder: string): boolean => existsSync(join(folder, 'node', 'test_abs'));

/** The data's folder, with `node`, `simple`, `pytorch-operator` and `pytorch-converted`; undefined where there is none. */
const findOnnxTestdata = (): string | undefined =>
  [join('/', insideOfPackage), join(cacheFolder(), cacheName, insideOfPackage)].find(isData);

const fail = (actual: string): never => {
  throw new RuntimeError({
    where: 'ONNX test data',
    what: `Debian's package ${packageName}`,
    rule: 'must be installed, or downloadable by apt-get',
    actual,
    hint: `on Debian 12: apt-get install ${packageName}`,
  });
};

const download = async (folder: string): Promise<boolean> => {
  const options = { cwd: folder, timeoutMs, show: true };
  return (await runCommand('apt-get', ['download', '-qq', packageName], options)).status === 0;
};

const fill = async (folder: string): Promise<void> => {
  const isRoot = process.getuid?.() === 0;
  const done =
    (await download(folder)) ||
    // A fresh container has no lists of packages; only root can fetch them.
    (isRoot &&
      (await runCommand('apt-get', ['update', '-qq'], { timeoutMs, show: true })).status === 0 &&
      (await download(folder)));
  const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (!done || file === undefined) return fail('apt-get cannot download it');
  if (!file.startsWith(`${packageName}_${testdataVersion}`))
    return fail(`another release, ${file}`);
  const { status, tail } = await runCommand('dpkg-deb', ['-x', file, '.'], {
    cwd: folder,
    timeoutMs,
  });
  if (status !== 0) fail(`dpkg-deb cannot unpack it: ${tail}`);
};

/** The data's folder, fetched where it is missing (6 MB).
 * @throws {RuntimeError} It can be neither found nor fetched. */
export const ensureOnnxTestdata = async ({
  log,
}: {
  readonly log: (line: string) => void;
}): Promise<string> => {
  const found = findOnnxTestdata();
  if (found !== undefined) return found;
  log(`fetching ${packageName} ${testdataVersion}`);
  await cached(cacheName, fill);
  return findOnnxTestdata() ?? fail(`no ${insideOfPackage} in the package`);
};
