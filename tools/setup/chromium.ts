// Finds a Chromium for the browser tests and the demo, or installs one: Debian's package when root on Debian, Playwright's elsewhere.

import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { RuntimeError } from '../../src/schema/index.ts';
import { runCommand } from './command.ts';

const usualPaths: readonly string[] = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const playwrightBinaries: readonly string[] = [
  'chrome-linux/chrome',
  'chrome-linux64/chrome',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-win/chrome.exe',
  'chrome-win64/chrome.exe',
];

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Folder Playwright keeps its browsers in. */
const playwrightCache = (): string => {
  const chosen = process.env['PLAYWRIGHT_BROWSERS_PATH'];
  if (chosen !== undefined && chosen !== '' && chosen !== '0') return chosen;
  switch (process.platform) {
    case 'darwin':
      return join(homedir(), 'Library/Caches/ms-playwright');
    case 'win32':
      return join(process.env['LOCALAPPDATA'] ?? homedir(), 'ms-playwright');
    default:
      return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ms-playwright');
  }
};

const playwrightPaths = (): readonly string[] => {
  const folder = playwrightCache();
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))
    .flatMap((name) => playwrightBinaries.map((binary) => join(folder, name, binary)));
};

/** Path of a Chromium: the variable `CHROMIUM`, the usual places, Playwright's cache; undefined where there is none.
 * @throws {RuntimeError} `CHROMIUM` names no program. */
export const findChromium = (): string | undefined => {
  const chosen = process.env['CHROMIUM'];
  if (chosen !== undefined && chosen !== '') {
    if (isProgram(chosen)) return chosen;
    throw new RuntimeError({
      where: 'Chromium',
      what: 'the variable CHROMIUM',
      rule: 'must name a program',
      actual: chosen,
    });
  }
  return [...usualPaths, ...playwrightPaths()].find(isProgram);
};

const installTimeoutMs = 15 * 60_000;

// Not Ubuntu, whose package is a link to a snap.
const isDebian = (): boolean =>
  existsSync('/etc/os-release') && /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'));

const isDebianRoot = (): boolean =>
  process.getuid?.() === 0 && isDebian() && isProgram('/usr/bin/apt-get');

const installDebian = async (): Promise<boolean> => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, timeoutMs: installTimeoutMs, show: true };
  const update = await runCommand('apt-get', ['update', '-qq'], options);
  if (update.status !== 0) return false;
  const args = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
  return (await runCommand('apt-get', args, options)).status === 0;
};

const installPlaywright = async (): Promise<boolean> => {
  const manifest = createRequire(import.meta.url).resolve('playwright-core/package.json');
  const { status } = await runCommand(
    process.execPath,
    [join(dirname(manifest), 'cli.js'), 'install', 'chromium'],
    { timeoutMs: installTimeoutMs, show: true },
  );
  return status === 0;
};

/** A Chromium, installed where there is none.
 * @returns Its path.
 * @throws {RuntimeError} Installing failed. */
export const ensureChromium = async ({
  log,
}: {
  readonly log: (line: string) => void;
}): Promise<string> => {
  const found = findChromium();
  if (found !== undefined) return found;
  log('installing Chromium');
  const done = (isDebianRoot() && (await installDebian())) || (await installPlaywright());
  const path = findChromium();
  if (done && path !== undefined) return path;
  throw new RuntimeError({
    where: 'Chromium',
    what: 'its installation',
    rule: 'must succeed',
    actual: done ? 'no browser in the usual places' : 'a failed download',
    hint: 'install Chromium or Chrome and set CHROMIUM to its path',
  });
};
