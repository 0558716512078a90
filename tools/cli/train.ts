// `sharmix train text-classifier`: trains on a CSV file or the default mail corpus and writes a run folder.

import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { resolveConfig, type TrainConfig } from '../../models/text-classifier/config.ts';
import {
  labelsOf,
  readLabelledCsv,
  type LabelledTexts,
} from '../../models/text-classifier/data.ts';
import { checkpointPath, saveRun } from '../../models/text-classifier/run.ts';
import { loadSpam } from '../../models/text-classifier/spam.ts';
import {
  trainTextClassifier,
  type PartMetrics,
  type TrainedClassifier,
} from '../../models/text-classifier/train.ts';
import { normalisers, type Normaliser } from '../../ops/train.ts';
import { DataError, messageOf } from '../../src/schema/index.ts';
import { writeFileAtomic } from '../../src/train/atomic-file.ts';
import { loadBackend, progressBar, type ProgressEvent } from '../../src/train/index.ts';
import { ensureTfjsNode } from '../setup/tfjs-node.ts';
import { UsageError } from './usage-error.ts';

/** The options as commander gives them. */
interface TrainFlags {
  readonly data?: string;
  readonly text?: string;
  readonly label?: string;
  readonly normaliser?: Normaliser;
  readonly q?: number;
  readonly r?: number;
  readonly epochs?: number;
  readonly seed?: number;
  readonly length?: number;
  readonly out: string;
  readonly resume?: true;
  readonly json?: true;
}

/** What a run was started with, kept in its folder: `--resume` needs no option repeated. */
type Request = Pick<
  TrainFlags,
  'data' | 'text' | 'label' | 'normaliser' | 'q' | 'r' | 'epochs' | 'seed' | 'length'
>;

const requestKeys: readonly (keyof Request)[] = [
  'data',
  'text',
  'label',
  'normaliser',
  'q',
  'r',
  'epochs',
  'seed',
  'length',
];

const requestFile = 'options.json';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const toNumber = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It must be a number.');
  }
  return value;
};

const checkRequest = (request: Request): Partial<TrainConfig> => {
  const { data, text, label } = request;
  if (data === undefined && (text !== undefined || label !== undefined)) {
    throw new UsageError('--text and --label name columns of --data FILE');
  }
  if (data !== undefined && (text === undefined || label === undefined)) {
    throw new UsageError('--data FILE needs --text COLUMN and --label COLUMN');
  }
  try {
    const { normaliser, q, r, epochs, seed, length } = request;
    return resolveConfig(
      Object.fromEntries(
        Object.entries({ normaliser, q, r, epochs, seed, length }).filter(
          ([, value]) => value !== undefined,
        ),
      ),
    );
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
};

/** The request of the run to resume, with what is given now; only the epochs may change. */
const resumeRequest = async (folder: string, given: Request): Promise<Request> => {
  let former: Request;
  try {
    former = JSON.parse(await readFile(join(folder, requestFile), 'utf8')) as Request;
  } catch (cause) {
    throw new DataError({
      where: folder,
      what: 'the folder',
      rule: 'must be a run that was started, to be resumed',
      actual: existsSync(folder) ? `a folder without a usable ${requestFile}` : 'no such folder',
      hint: 'leave --resume out to start one in a new folder',
      cause,
    });
  }
  for (const key of requestKeys) {
    if (key === 'epochs' || given[key] === undefined || given[key] === former[key]) continue;
    throw new UsageError(
      `--${key} of the run in ${folder} is ${former[key] ?? 'left out'}; resume it with that, or start another`,
    );
  }
  return { ...former, ...given };
};

const startRequest = async (folder: string, request: Request): Promise<Request> => {
  if (existsSync(folder)) {
    throw new DataError({
      where: folder,
      what: 'the output folder',
      rule: 'must not exist yet',
      hint: 'choose another, remove it, or go on with its run by --resume',
    });
  }
  return request;
};

const writeRequest = async (folder: string, request: Request): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new DataError({
      where: folder,
      what: 'the output folder',
      rule: 'could not be made',
      actual: messageOf(cause),
      cause,
    });
  }
  const text = `${JSON.stringify(request, null, 1)}\n`;
  await writeFileAtomic(join(folder, requestFile), [new TextEncoder().encode(text)]);
};

const readData = ({ data, text, label }: Request): Promise<LabelledTexts> =>
  data === undefined ? loadSpam() : readLabelledCsv(data, { text: text ?? '', label: label ?? '' });

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`.padStart(7);

const partLine = (name: string, part: PartMetrics): string =>
  `${name.padEnd(10)} ${String(part.rows).padStart(7)} rows  accuracy ${percent(part.accuracy)}  macro-F1 ${percent(part.macroF1)}  zeros ${percent(part.zeros)}`;

const printResult = (folder: string, run: TrainedClassifier, asJson: boolean): void => {
  const { metrics, labels, tokenizer, seed, config } = run;
  if (asJson) {
    const vocabulary = { size: tokenizer.size, forms: tokenizer.forms, length: tokenizer.length };
    const result = { run: folder, labels, seed, config, vocabulary, metrics };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const { train, validation, test, q, r, epochs, bestEpoch } = metrics;
  process.stdout.write(
    `${[
      partLine('train', train),
      partLine('validation', validation),
      partLine('test', test),
      `q ${q.toFixed(3)}  r ${r.toFixed(3)}  epoch ${bestEpoch} of ${epochs}  vocabulary ${tokenizer.size}  length ${tokenizer.length}`,
      `${folder}: the trained classifier. Next: sharmix export ${folder} --out model.onnx`,
    ].join('\n')}\n`,
  );
};

/** Ctrl-C ends training between two batches; a second one ends the process. */
const withInterrupt = async <T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    return await task(controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
};

const interrupted = (folder: string, epochs: number, cause: unknown): Error => {
  const kept = epochs === 0 ? 'the epochs that were done' : `the epochs up to ${epochs}`;
  const error = new Error(
    `interrupted; ${kept} are kept in ${folder}. Go on with: sharmix train text-classifier --out ${folder} --resume`,
    { cause },
  );
  error.name = 'AbortError';
  return error;
};

const train = async (flags: TrainFlags): Promise<void> => {
  const { out, resume = false, json = false } = flags;
  const given = Object.fromEntries(
    requestKeys.flatMap((key) => (flags[key] === undefined ? [] : [[key, flags[key]]])),
  ) as Request;
  if (!resume) checkRequest(given);
  const request = await (resume ? resumeRequest(out, given) : startRequest(out, given));
  const config = checkRequest(request);
  const data = await readData(request);
  // Before anything is written: data that cannot be learned from leaves no folder behind.
  labelsOf(data);
  say(`${data.texts.length} texts of ${data.where}`);
  await ensureTfjsNode({ log: say });
  const backend = await loadBackend();
  say(`training on ${backend.detail}`);
  await writeRequest(out, request);
  const bar = progressBar();
  let kept = 0;
  const onProgress = (event: ProgressEvent): void => {
    // Training stops in the next epoch at the earliest, when the checkpoint of this one is written.
    if (event.record !== undefined) kept = event.epoch;
    bar(event);
  };
  await withInterrupt(async (signal) => {
    try {
      const checkpoint = checkpointPath(out);
      const run = await trainTextClassifier({
        ...config,
        data,
        checkpoint,
        resume,
        signal,
        onProgress,
      });
      await saveRun(out, run);
      printResult(out, run, json);
    } catch (error) {
      if (!signal.aborted) throw error;
      if (process.stderr.isTTY) say('');
      throw interrupted(out, kept, error);
    }
  });
};

/** Registers `sharmix train text-classifier`. */
export const registerTrain = (program: Command): void => {
  program
    .command('train')
    .description('train a model')
    .command('text-classifier')
    .description(
      'train a text classifier; without --data on the SpamAssassin mails (easy-ham, hard-ham, spam)',
    )
    .option('--data <file>', 'CSV file with a header line, UTF-8')
    .option('--text <column>', 'column of --data with the texts')
    .option('--label <column>', 'column of --data with the classes')
    .addOption(
      new Option('--normaliser <name>', 'what ends the network (default: sharmix)').choices(
        normalisers,
      ),
    )
    .option(
      '--q <number>',
      'index q in [1, 2]: entmax, normmax; where it starts: sharmix',
      toNumber,
    )
    .option('--r <number>', 'index r: where it starts, for sharmix', toNumber)
    .option(
      '--epochs <count>',
      'most epochs; early stopping may end sooner (default: 20)',
      toNumber,
    )
    .option('--seed <number>', 'of splits, weights and order (default: 0)', toNumber)
    .option('--length <tokens>', 'tokens of a text (default: chosen from the texts)', toNumber)
    .requiredOption('--out <run>', 'folder to write the run into; must not exist')
    .option('--resume', 'go on from the last epoch of the run in --out')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nCtrl-C keeps the epochs that are done (exit code 130); --resume goes on from there.',
    )
    .action(train);
};
