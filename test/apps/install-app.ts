// Installs an app as its user would: `npm ci` by its lock file, kept in the cache, and over it the package as `npm pack` makes it.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached, cacheFolder } from '../../tools/setup/cache.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Settings of programs that would call home, look for a newer self, or draw progress. */
const quiet = {
  CI: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  NEXT_IGNORE_INCORRECT_LOCKFILE: '1',
  npm_config_update_notifier: 'false',
};

/** Environment of an app's programs: that of a shell, without what Vitest adds. */
export const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const { NODE_ENV: _node, VITEST: _vitest, NODE_OPTIONS: _options, ...rest } = process.env;
  return { ...rest, ...quiet, ...more };
};

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, Manifest>>;
}

const readJson = async <T>(path: string): Promise<T> =>
  JSON.parse(await readFile(path, 'utf8')) as T;

/** The lock file lists the dependencies of the package as it is now.
 * @throws {Error} It does not, with the command that mends it. */
const checkLock = async (source: string, manifest: Manifest): Promise<void> => {
  const lock = await readJson<Lock>(join(source, 'package-lock.json'));
  const locked = JSON.stringify(lock.packages['node_modules/sharmix']?.dependencies);
  if (locked === JSON.stringify(manifest.dependencies)) return;
  throw new Error(
    `${source}/package-lock.json is older than the package's dependencies; run: npm install --package-lock-only --prefix ${source}`,
  );
};

/** The npm files of an app: what its installation depends on. */
const npmFiles = ['package.json', 'package-lock.json', '.npmrc'] as const;

/** Where an app lies below the package's folder, as in the repository: its dependency `file:../../..` is the package. */
const place = join('test', 'apps', 'app');

/** Installs the packages of an app's lock file, once a lock file. */
const installed = async (source: string): Promise<string> => {
  const manifest = await readJson<Manifest>(join(root, 'package.json'));
  await checkLock(source, manifest);
  const hash = createHash('sha256').update(process.version.split('.')[0]!);
  for (const name of npmFiles) hash.update(await readFile(join(source, name)));
  return cached(join('apps', hash.digest('hex').slice(0, 20)), async (folder) => {
    const app = join(folder, place);
    await mkdir(app, { recursive: true });
    await cp(join(root, 'package.json'), join(folder, 'package.json'));
    for (const name of npmFiles) await cp(join(source, name), join(app, name));
    await run('npm', ['ci', '--prefer-offline', '--loglevel=error'], {
      cwd: app,
      env: environment(),
    });
  });
};

/** Runs a program to its end. @throws {Error} It failed: with its output. */
const runIn = async (folder: string, file: string, args: readonly string[]): Promise<string> => {
  try {
    const { stdout } = await run(file, [...args], {
      cwd: folder,
      env: environment(),
      maxBuffer: 1 << 26,
    });
    return stdout;
  } catch (cause) {
    const { stdout, stderr } = cause as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${file} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`, {
      cause,
    });
  }
};

/** An installed app. */
export interface App {
  /** Folder with the app's files and node_modules. */
  readonly folder: string;
  /** Runs a program of the app's packages to its end: `app.run('vite', ['build'])`; gives its stdout.
   * @throws {Error} It failed: with its output. */
  run(program: string, args: readonly string[]): Promise<string>;
  /** Runs a file of the app in Node; gives its stdout. */
  node(file: string): Promise<string>;
  remove(): Promise<void>;
}

const pack = async (folder: string): Promise<string> => {
  const protobuf = await readFile(join(root, 'dist/src/onnx/proto.js'), 'utf8').catch(() => '');
  if (protobuf === '' || protobuf.includes("from 'onnx-proto'")) {
    throw new Error('dist is not what the package ships; run: npm run build');
  }
  await run('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    env: environment(),
  });
  const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error('npm pack made no archive');
  return join(folder, archive);
};

/** Installs the app of a folder of test/apps, the packed package in it, and adds `files` to it.
 * @param files - Contents by path inside the app. */
export const installApp = async (
  name: string,
  files: Readonly<Record<string, Uint8Array | string>> = {},
): Promise<App> => {
  const source = join(import.meta.dirname, name);
  const packages = join(await installed(source), place, 'node_modules');
  // Beside the cache, where files can be linked instead of copied.
  const runs = join(cacheFolder(), 'apps', 'runs');
  await mkdir(runs, { recursive: true });
  const folder = await mkdtemp(join(runs, `${name}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    await run('cp', ['-al', packages, join(folder, 'node_modules')]);
    const own = join(folder, 'node_modules', 'sharmix');
    await rm(own, { recursive: true });
    await mkdir(own);
    const archive = await pack(folder);
    await run('tar', ['-xzf', archive, '-C', own, '--strip-components=1']);
    await rm(archive);
    await cp(source, folder, {
      recursive: true,
      filter: (path) => !['node_modules', '.npmrc'].some((part) => path.endsWith(part)),
    });
    for (const [path, content] of Object.entries(files)) {
      const file = join(folder, path);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, content);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    folder,
    remove,
    run: (program, args) => runIn(folder, join(folder, 'node_modules', '.bin', program), args),
    node: (file) => runIn(folder, process.execPath, [file]),
  };
};
