// The set-up step of tfjs-node: loadable already; else its own installer; else TensorFlow's wheel and a build here.
// Where neither works, training runs on a backend from npm, which is said in one line.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { messageOf } from '../../src/schema/index.ts';
import { runCommand } from './command.ts';
import { fetchTensorflow } from './tensorflow-wheel.ts';
import { inCache, missingPrograms, runInstaller, stage } from './tfjs-addon.ts';

/** What training runs on after the set-up. */
export interface TfjsSetup {
  /** `tensorflow`: tfjs-node. `cpu`: the backend of tfjs from npm. */
  readonly backend: 'tensorflow' | 'cpu';
  /** How it came about: there already, by its own installer, from the cache, built here, or not at all. */
  readonly how: 'present' | 'installer' | 'cache' | 'built' | 'unavailable';
  /** TensorFlow's version, or why it is not there. */
  readonly detail: string;
}

/** What `sharmix doctor` tells about tfjs-node. */
export interface TfjsStatus {
  readonly loadable: boolean;
  readonly detail: string;
  /** The command that mends it. */
  readonly fix?: string;
}

/** Longest time tfjs-node's own installer may take; without a network that answers it hangs. */
const installerTimeoutMs = 180_000;

const require_ = createRequire(import.meta.url);

const packageFolder = (): string | undefined => {
  try {
    return dirname(require_.resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    return undefined;
  }
};

/** Loads tfjs-node in a process of its own, so that a broken one leaves this process as it was. */
const probeScript = `
const util = require('node:util');
util.isNullOrUndefined = (value) => value === null || value === undefined;
util.isArray = Array.isArray;
const tf = require(process.argv[1]);
const sum = tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync()[0]);
if (sum !== 2) throw new Error('TensorFlow computed 1 * 1 + 1 * 1 = ' + sum);
process.stdout.write('TensorFlow=' + tf.backend().binding.TF_Version);
`;

interface Probe {
  readonly version?: string;
  readonly fault?: string;
}

const probe = async (package_: string): Promise<Probe> => {
  const { status, tail } = await runCommand(process.execPath, ['-e', probeScript, package_], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    timeoutMs: 60_000,
  });
  // Beside it may stand warnings of Node.
  const version = status === 0 ? /TensorFlow=(\S+)/.exec(tail)?.[1] : undefined;
  if (version !== undefined) return { version };
  if (/tfjs_binding.node\) can not/.test(tail)) return { fault: 'its addon is not built' };
  const error = tail.split('\n').find((line) => /Error: /.test(line));
  return { fault: (error ?? tail.split('\n', 1)[0] ?? '').replace(/^.*?Error: /, '').trim() };
};

/** Whether tfjs-node loads here, and what to do where it does not. */
export const tfjsNodeStatus = async (): Promise<TfjsStatus> => {
  const package_ = packageFolder();
  if (package_ === undefined) {
    return {
      loadable: false,
      detail: 'tfjs-node is not installed; training runs on the slower cpu backend of tfjs',
      fix: 'npm install --ignore-scripts @tensorflow/tfjs-node && npx sharmix setup',
    };
  }
  const { version, fault } = await probe(package_);
  if (version !== undefined) {
    return { loadable: true, detail: `tfjs-node on TensorFlow ${version}` };
  }
  return {
    loadable: false,
    detail: `tfjs-node does not load (${fault}); training runs on the slower cpu backend of tfjs`,
    fix: 'npx sharmix setup',
  };
};

/** Why the recipe cannot work on this machine, or undefined. */
const recipeObstacle = (): string | undefined => {
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64') return `no recipe for ${platform} ${arch}`;
  // Declared as a string in Node's types; it is the parsed report.
  const report = process.report?.getReport() as unknown as
    | { readonly header: { readonly glibcVersionRuntime?: string } }
    | undefined;
  return report?.header.glibcVersionRuntime === undefined ? 'TensorFlow needs glibc' : undefined;
};

const byInstaller = async (package_: string): Promise<Probe> => {
  await runInstaller(package_, {}, installerTimeoutMs);
  const found = await probe(package_);
  // What a failed download leaves behind would make the next installer skip its download.
  if (found.version === undefined) {
    await rm(`${package_}/deps`, { recursive: true, force: true });
  }
  return found;
};

const byRecipe = async (package_: string, log: (line: string) => void): Promise<Probe> => {
  const missing = await missingPrograms(package_);
  if (missing !== undefined) return { fault: missing };
  try {
    await stage(await fetchTensorflow(log), package_, log);
    return await probe(package_);
  } catch (error) {
    return { fault: messageOf(error).replace(/^set-up of tfjs-node: |\.$/g, '') };
  }
};

const unavailable = (why: string, log: (line: string) => void): TfjsSetup => {
  log(`tfjs-node is not usable here (${why}); training runs on the slower cpu backend of tfjs`);
  return { backend: 'cpu', how: 'unavailable', detail: why };
};

/** Makes tfjs-node loadable: nothing to do where it is; else its own installer, then TensorFlow's wheel by pip and a build here.
 *
 * The libraries and the addon are kept in `$XDG_CACHE_HOME/sharmix` (`~/.cache/sharmix`): after an `npm ci` they are only linked.
 * @returns What training runs on. Never throws for want of a network, a compiler or pip: that is `cpu`, said in one line. */
export const ensureTfjsNode = async ({
  log,
}: {
  readonly log: (line: string) => void;
}): Promise<TfjsSetup> => {
  const package_ = packageFolder();
  if (package_ === undefined || !existsSync(package_)) {
    return unavailable('it is not installed', log);
  }
  const present = await probe(package_);
  if (present.version !== undefined) {
    return { backend: 'tensorflow', how: 'present', detail: present.version };
  }
  const obstacle = recipeObstacle();
  const quick = obstacle === undefined && inCache(package_);
  if (!quick) {
    log('setting up tfjs-node: its own installer first');
    const { version } = await byInstaller(package_);
    if (version !== undefined) return { backend: 'tensorflow', how: 'installer', detail: version };
  }
  if (obstacle !== undefined) return unavailable(obstacle, log);
  const { version, fault } = await byRecipe(package_, log);
  if (version === undefined) return unavailable(fault ?? 'it does not load', log);
  log(`tfjs-node runs on TensorFlow ${version}`);
  return { backend: 'tensorflow', how: quick ? 'cache' : 'built', detail: version };
};
