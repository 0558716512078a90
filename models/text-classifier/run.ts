// A run folder: `run.json` (topology, tokenizer, labels, metrics, seed, options), `weights.bin`, and the training's `checkpoint`.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
// Its import registers the layer SharMiX, which a saved model names.
import '../../ops/train.ts';
import { DataError, messageOf } from '../../src/schema/index.ts';
import { checkLabels, Tokenizer } from '../../src/text/index.ts';
import { writeFileAtomic } from '../../src/train/atomic-file.ts';
import { tf } from '../../src/train/index.ts';
import type { TrainConfig } from './config.ts';
import type { TrainedClassifier, TrainMetrics } from './train.ts';

const runFile = 'run.json';
const weightsFile = 'weights.bin';

/** The checkpoint of a run folder. */
export const checkpointPath = (folder: string): string => join(folder, 'checkpoint');

interface RunJson {
  readonly format: 'sharmix-run';
  readonly version: 1;
  readonly topology: object;
  readonly weights: tf.io.WeightsManifestEntry[];
  /** SHA-256 of the weights' bytes. */
  readonly digest: string;
  readonly tokenizer: unknown;
  readonly labels: unknown;
  readonly metrics: TrainMetrics;
  readonly seed: number;
  readonly config: TrainConfig;
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const artifactsOf = async (model: tf.LayersModel): Promise<tf.io.ModelArtifacts> => {
  let found: tf.io.ModelArtifacts | undefined;
  await model.save({
    save: (artifacts: tf.io.ModelArtifacts) => {
      found = artifacts;
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const },
      });
    },
  });
  return found!;
};

/** Writes a trained classifier into a folder that is there. `run.json` comes last: a folder that has it has all.
 * @throws {DataError} It could not be written. */
export const saveRun = async (folder: string, run: TrainedClassifier): Promise<void> => {
  const { modelTopology, weightSpecs, weightData } = await artifactsOf(run.model);
  const weights = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData ?? []));
  const json: RunJson = {
    format: 'sharmix-run',
    version: 1,
    labels: run.labels,
    metrics: run.metrics,
    seed: run.seed,
    config: run.config,
    topology: modelTopology as object,
    weights: weightSpecs ?? [],
    digest: digestOf(weights),
    tokenizer: run.tokenizer,
  };
  await writeFileAtomic(join(folder, weightsFile), [weights]);
  const text = `${JSON.stringify(json, null, 1)}\n`;
  await writeFileAtomic(join(folder, runFile), [new TextEncoder().encode(text)]);
};

const broken = (where: string, rule: string, actual?: string, cause?: unknown): DataError =>
  new DataError({
    where,
    what: 'the run',
    rule,
    ...(actual === undefined ? {} : { actual }),
    hint: 'sharmix train text-classifier --out RUN writes one',
    cause,
  });

const readPart = async (folder: string, name: string): Promise<Uint8Array> => {
  try {
    return new Uint8Array(await readFile(join(folder, name)));
  } catch (cause) {
    const missing = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
    const reason = missing ? 'no such file' : messageOf(cause);
    throw broken(folder, `must be a finished run with a readable ${name}`, reason, cause);
  }
};

const parseRun = (text: string, where: string): RunJson => {
  let json: Partial<Record<keyof RunJson, unknown>> | null;
  try {
    json = JSON.parse(text) as typeof json;
  } catch (cause) {
    throw broken(where, 'must be JSON', messageOf(cause), cause);
  }
  if (json?.format !== 'sharmix-run' || json.version !== 1) {
    const actual = `format ${String(json?.format)}, version ${String(json?.version)}`;
    throw broken(where, 'must be a run of this package, version 1', actual);
  }
  return json as unknown as RunJson;
};

/** Reads a run folder. Load a backend first.
 * @throws {DataError} The folder is no finished run, or is damaged. */
export const loadRun = async (folder: string): Promise<TrainedClassifier> => {
  const where = join(folder, runFile);
  const json = parseRun(new TextDecoder().decode(await readPart(folder, runFile)), where);
  const weights = await readPart(folder, weightsFile);
  if (digestOf(weights) !== json.digest) {
    throw broken(join(folder, weightsFile), 'must have the weights of its run.json', 'others');
  }
  const tokenizer = new Tokenizer(json.tokenizer);
  const labels = checkLabels(json.labels, where);
  try {
    const model = await tf.loadLayersModel(
      tf.io.fromMemory({
        modelTopology: json.topology,
        weightSpecs: json.weights,
        weightData: weights.slice().buffer,
      }),
    );
    const { metrics, seed, config } = json;
    return { model, tokenizer, labels, metrics, seed, config };
  } catch (cause) {
    throw broken(where, 'must hold a model that can be built', messageOf(cause), cause);
  }
};
