// TensorFlow's shared libraries and C headers out of the Python wheel, for machines that reach package registries alone.
// The wheel is only a container: it is fetched by the pip client for a fixed Python, whatever Python is there.

import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../src/schema/index.ts';
import { cached } from './cache.ts';
import { answers, runCommand } from './command.ts';
import { extractEntry, listZip } from './unzip.ts';

/** Version of TensorFlow that is fetched. */
export const tensorflowVersion = '2.15.1';

/** Folder of the unpacked libraries and headers inside the cache: `lib/` and `include/`. */
export const tensorflowFolder = `tensorflow-cpu-${tensorflowVersion}-linux-x64`;

/** The shared libraries, as the wheel names them. */
export const libraries: readonly string[] = [
  'libtensorflow_cc.so.2',
  'libtensorflow_framework.so.2',
];

const sha256 = '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26';

const headers: readonly string[] = [
  'tensorflow/c/c_api.h',
  'tensorflow/c/c_api_macros.h',
  'tensorflow/c/eager/c_api.h',
  'tensorflow/c/tf_attrtype.h',
  'tensorflow/c/tf_buffer.h',
  'tensorflow/c/tf_datatype.h',
  'tensorflow/c/tf_status.h',
  'tensorflow/c/tf_tensor.h',
  'tensorflow/c/tf_tstring.h',
  'tensorflow/core/platform/ctstring.h',
  'tensorflow/core/platform/ctstring_internal.h',
  'tsl/c/tsl_status.h',
  'tsl/platform/ctstring.h',
  'tsl/platform/ctstring_internal.h',
];

// The platform and Python of the wheel, whatever runs here.
const pipDownload = `download --no-deps --only-binary=:all: --require-hashes --no-cache-dir
  --disable-pip-version-check --implementation cp --python-version 3.11 --abi cp311
  --platform manylinux2014_x86_64`;

const pips: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
  ['python', '-m', 'pip'],
];

/** The command that starts pip, or undefined where there is none. */
export const findPip = async (): Promise<readonly [string, ...string[]] | undefined> => {
  for (const pip of pips) {
    const [program, ...args] = pip;
    if (await answers(program, [...args, '--version'])) return pip;
  }
  return undefined;
};

const where = 'set-up of tfjs-node';

const download = async (folder: string): Promise<string> => {
  const pip = await findPip();
  if (pip === undefined) {
    throw new DataError({ where, what: 'pip', rule: 'must be installed to fetch TensorFlow' });
  }
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `tensorflow-cpu==${tensorflowVersion} --hash=sha256:${sha256}\n`);
  const [program, ...args] = pip;
  const result = await runCommand(
    program,
    [...args, ...pipDownload.split(/\s+/), '--dest', folder, '--requirement', requirements],
    { timeoutMs: 30 * 60_000, show: true },
  );
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (result.status !== 0 || wheel === undefined) {
    throw new DataError({
      where,
      what: `pip's download of tensorflow-cpu ${tensorflowVersion}`,
      rule: 'must succeed',
      actual: result.timedOut ? 'no end within 30 minutes' : `exit status ${result.status}`,
    });
  }
  return join(folder, wheel);
};

const unpack = async (wheel: string, folder: string): Promise<void> => {
  const entries = new Map((await listZip(wheel)).map((entry) => [entry.name, entry]));
  const wanted = [
    ...libraries.map((name) => [`tensorflow/${name}`, `lib/${name}`] as const),
    ...headers.map((name) => [`tensorflow/include/${name}`, `include/${name}`] as const),
  ];
  for (const [name, target] of wanted) {
    const entry = entries.get(name);
    if (entry === undefined) {
      throw new DataError({ where, what: `the wheel ${wheel}`, rule: `must hold ${name}` });
    }
    await extractEntry(wheel, entry, join(folder, target));
  }
};

/** The folder with `lib/` and `include/` of TensorFlow, fetched by pip where the cache lacks it (207 MB, digest pinned).
 * @throws {DataError} No pip, or its download fails. */
export const fetchTensorflow = (log: (line: string) => void): Promise<string> =>
  cached(tensorflowFolder, async (folder) => {
    log(`fetching TensorFlow ${tensorflowVersion} with pip (207 MB, kept for later)`);
    const wheel = await download(folder);
    log('unpacking it (614 MB)');
    await unpack(wheel, folder);
    await rm(wheel);
    await rm(join(folder, 'requirements.txt'));
  });
