// `sharmix classify`: texts of the command line, or of a CSV column as a stream, through an exported classifier.

import { Option, type Command } from 'commander';
import { readCsv } from '../../models/text-classifier/csv.ts';
import { sharmix } from '../../ops/index.ts';
import { textTokens } from '../../ops/text-tokens/index.ts';
import { install } from '../../src/runtime/index.ts';
import { loadOrtNode } from '../../src/runtime/ort-node.ts';
import {
  loadClassifier,
  type Classification,
  type ClassifierProvider,
  type TextClassifier,
} from '../../src/text/index.ts';
import { UsageError } from './usage-error.ts';

interface ClassifyFlags {
  readonly file?: string;
  readonly text?: string;
  readonly provider: ClassifierProvider;
  readonly json?: true;
}

/** Texts classified in one call. */
const batchSize = 256;
const redrawMs = 200;

/** A text and where it came from. */
interface Source {
  readonly text: string;
  /** Line of the file. */
  readonly line?: number;
}

const sourcesOf = async function* (
  texts: readonly string[],
  { file, text }: ClassifyFlags,
): AsyncGenerator<Source> {
  for (const given of texts) yield { text: given };
  if (file === undefined || text === undefined) return;
  for await (const { line, values } of readCsv(file, [text])) yield { text: values[0]!, line };
};

const batches = async function* (sources: AsyncIterable<Source>): AsyncGenerator<Source[]> {
  let batch: Source[] = [];
  for await (const source of sources) {
    batch.push(source);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
};

/** Exact zeros are shown as 0. */
const shown = (probability: number): string =>
  probability === 0 ? '0' : probability.toFixed(probability < 0.0005 ? 6 : 3);

const plainLine = ({ label, probabilities }: Classification, { text }: Source): string => {
  const all = Object.entries(probabilities).map(([name, p]) => `${name} ${shown(p)}`);
  return `${label}\t${all.join('  ')}\t${text.replaceAll(/\s+/g, ' ').slice(0, 80)}\n`;
};

const jsonLine = ({ label, probabilities }: Classification, source: Source): string =>
  `${JSON.stringify({ ...source, label, probabilities })}\n`;

const ignore = (): void => {};

/** Writes, at the pace of the reader.
 * @returns Whether the reader is still there: `| head` goes when it has enough. */
const write = (text: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === null || error === undefined) resolve(true);
      else if ((error as NodeJS.ErrnoException).code === 'EPIPE') resolve(false);
      else reject(error);
    });
  });

const progress = (): ((done: number, last: boolean) => void) => {
  const { stderr, stdout } = process;
  let drawnAt = Date.now();
  return (done, last) => {
    if (last) stderr.write(`${stderr.isTTY ? '\r\u001B[K' : ''}${done} texts classified\n`);
    else if (stderr.isTTY && !stdout.isTTY && Date.now() - drawnAt > redrawMs) {
      drawnAt = Date.now();
      stderr.write(`\r\u001B[K${done} texts`);
    }
  };
};

const load = async (model: string, provider: ClassifierProvider): Promise<TextClassifier> => {
  const ort = await loadOrtNode();
  if (provider === 'custom-ops') install(ort, { ops: [sharmix, textTokens] });
  return loadClassifier(ort, model, { provider, batchSize });
};

const classify = async (
  model: string,
  texts: readonly string[],
  flags: ClassifyFlags,
): Promise<void> => {
  const { file, text, provider, json = false } = flags;
  if ((file === undefined) !== (text === undefined)) {
    throw new UsageError('--file FILE and --text COLUMN go together');
  }
  if (file === undefined && texts.length === 0) {
    throw new UsageError('give texts, or --file FILE --text COLUMN');
  }
  if (file !== undefined && texts.length > 0) {
    throw new UsageError('give texts or --file, not both');
  }
  const classifier = await load(model, provider);
  const tell = progress();
  let done = 0;
  // Told to `write` as well; without a listener it would end the process.
  process.stdout.on('error', ignore);
  try {
    for await (const batch of batches(sourcesOf(texts, flags))) {
      const found = await classifier.classify(batch.map((source) => source.text));
      const line = json ? jsonLine : plainLine;
      if (!(await write(found.map((one, i) => line(one, batch[i]!)).join('')))) return;
      done += batch.length;
      if (file !== undefined) tell(done, false);
    }
    if (file !== undefined) tell(done, true);
    process.stdout.off('error', ignore);
  } finally {
    await classifier.release();
  }
};

/** Registers `sharmix classify`. */
export const registerClassify = (program: Command): void => {
  program
    .command('classify')
    .description('classify texts with an exported classifier')
    .argument('<model>', 'ONNX file written by sharmix export')
    .argument('[text...]', 'texts')
    .option('--file <file>', 'CSV file with the texts, read as a stream')
    .option('--text <column>', 'column of --file')
    .addOption(
      new Option('--provider <name>', 'custom-ops: our kernels; stock: onnxruntime alone')
        .choices(['custom-ops', 'stock'])
        .default('custom-ops'),
    )
    .option('--json', 'one JSON object a line: text, line, label, probabilities')
    .action(classify);
};
