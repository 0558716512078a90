// Puts TensorFlow's libraries and tfjs-node's addon where tfjs-node looks for them, and builds the addon once.
// `npm ci` wipes both; the second time they are only linked from the cache.

import { existsSync, readFileSync } from 'node:fs';
import { copyFile, cp, link, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DataError } from '../../src/schema/index.ts';
import { cached, cacheFolder } from './cache.ts';
import { answers, runCommand, type CommandResult } from './command.ts';
import { nodeHeaders } from './node-headers.ts';
import { findPip, libraries, tensorflowFolder, tensorflowVersion } from './tensorflow-wheel.ts';

const addonName = 'tfjs_binding.node';

interface TfjsManifest {
  readonly version: string;
  readonly binary: { readonly napi_versions: readonly number[] };
}

const manifestOf = (package_: string): TfjsManifest =>
  JSON.parse(readFileSync(join(package_, 'package.json'), 'utf8')) as TfjsManifest;

/** Newest version of Node-API that both tfjs-node and this Node know: the addon of one serves every Node that knows it. */
const napiVersion = (package_: string): number =>
  Math.max(
    ...manifestOf(package_).binary.napi_versions.filter(
      (version) => version <= Number(process.versions['napi']),
    ),
  );

/** Where tfjs-node loads its addon from. */
const addonPath = (package_: string): string =>
  join(package_, 'lib', `napi-v${napiVersion(package_)}`, addonName);

/** Name of the folder of the cache that keeps a built addon. */
const addonFolder = (package_: string): string =>
  `tfjs-node-${manifestOf(package_).version}-tensorflow-${tensorflowVersion}-napi${napiVersion(package_)}-linux-x64`;

/** A hard link, or a copy where the two lie on different file systems. Replaces what is there, at once. */
const place = async (source: string, target: string): Promise<void> => {
  await mkdir(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}`;
  await link(source, draft).catch(() => copyFile(source, draft));
  await rename(draft, target);
};

const alias = async (name: string, target: string): Promise<void> => {
  await rm(target, { force: true });
  await symlink(name, target);
};

/** Links the libraries under the names that the addon, its build and tfjs-node's installer know. */
const stageLibraries = async (tensorflow: string, package_: string): Promise<void> => {
  const folder = join(package_, 'deps/lib');
  for (const name of libraries) await place(join(tensorflow, 'lib', name), join(folder, name));
  const [library = '', framework = ''] = libraries;
  await alias(library, join(folder, 'libtensorflow.so'));
  // The installer downloads its own library unless this very name is there.
  await alias(library, join(folder, 'libtensorflow.so.2.9.1'));
  await alias(framework, join(folder, 'libtensorflow_framework.so'));
};

/** Runs tfjs-node's own install script, which downloads what it lacks and builds the addon where there is none to download. */
export const runInstaller = (
  package_: string,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<CommandResult> =>
  runCommand('npm', ['rebuild', '@tensorflow/tfjs-node', '--ignore-scripts=false'], {
    cwd: resolve(package_, '../../..'),
    env: { ...process.env, ...env },
    timeoutMs,
  });

const build = async (tensorflow: string, package_: string): Promise<void> => {
  await cp(join(tensorflow, 'include'), join(package_, 'deps/include'), { recursive: true });
  const env = { npm_config_nodedir: await nodeHeaders(), npm_config_build_from_source: 'true' };
  const result = await runInstaller(package_, env, 10 * 60_000);
  if (result.status !== 0 || !existsSync(addonPath(package_))) {
    throw new DataError({
      where: 'set-up of tfjs-node',
      what: 'the build of its addon',
      rule: 'must succeed',
      actual: result.tail.split('\n').findLast((line) => line.includes('rror')) ?? 'no addon',
    });
  }
};

const isCached = (name: string): boolean => existsSync(join(cacheFolder(), name));

/** Whether the libraries and the addon of this tfjs-node wait in the cache. */
export const inCache = (package_: string): boolean =>
  isCached(tensorflowFolder) && isCached(addonFolder(package_));

/** The programs that fetching and building need and that are not here, for the message; looked at before anything is fetched. */
export const missingPrograms = async (package_: string): Promise<string | undefined> => {
  if (!isCached(tensorflowFolder) && (await findPip()) === undefined) return 'pip is missing';
  if (isCached(addonFolder(package_))) return undefined;
  for (const program of ['g++', 'make']) {
    if (!(await answers(program, ['--version']))) return `${program} is missing`;
  }
  return undefined;
};

/** Makes tfjs-node complete out of TensorFlow's folder; the addon comes from the cache or is built and kept there.
 * @throws {DataError} No headers of Node, or the build fails. */
export const stage = async (
  tensorflow: string,
  package_: string,
  log: (line: string) => void,
): Promise<void> => {
  await stageLibraries(tensorflow, package_);
  const addon = await cached(addonFolder(package_), async (folder) => {
    log("building tfjs-node's addon");
    await build(tensorflow, package_);
    await copyFile(addonPath(package_), join(folder, addonName));
  });
  await place(join(addon, addonName), addonPath(package_));
};
