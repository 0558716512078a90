// `sharmix export`: the ONNX file of a trained classifier, verified against onnxruntime.

import { InvalidArgumentError, type Command } from 'commander';
import { loadRun } from '../../models/text-classifier/run.ts';
import { exportModel, type ExportReport } from '../../ops/export.ts';
import { sharmix } from '../../ops/index.ts';
import { textTokens, withTextInput } from '../../ops/text-tokens/index.ts';
import { maxOpset, minOpset } from '../../src/onnx/index.ts';
import { ExportError } from '../../src/core/errors.ts';
import { install } from '../../src/runtime/index.ts';
import { loadOrtNode } from '../../src/runtime/ort-node.ts';
import { writeMetadata, type Metrics, type Tokenizer } from '../../src/text/index.ts';
import { writeFileAtomic } from '../../src/train/atomic-file.ts';
import { loadBackend } from '../../src/train/index.ts';
import { checkFree } from '../model/file.ts';
import { packageVersion } from '../versions.ts';

interface Options {
  readonly out: string;
  readonly opset?: number;
  readonly force?: boolean;
  readonly textInput?: boolean;
  readonly json?: boolean;
}

const parseOpset = (text: string): number => {
  const opset = Number(text);
  if (Number.isInteger(opset) && opset >= minOpset && opset <= maxOpset) return opset;
  throw new InvalidArgumentError(`It must be an integer in [${minOpset}, ${maxOpset}].`);
};

const kilobytes = (bytes: number): string => `${(bytes / 1e3).toFixed(0)} kB`;

const describe = (out: string, report: ExportReport): string => {
  const { opset, irVersion, sizeBytes, layers, differences, customOps, warnings } = report;
  const worst = Math.max(...differences.map(({ absolute }) => absolute));
  const sessions = [...new Set(differences.map(({ session }) => session))].join(' and ');
  return [
    `${out}: ${kilobytes(sizeBytes)}, opset ${opset}, IR ${irVersion}, ${customOps.join(', ') || 'no custom operators'}`,
    ...layers.map(({ name, className, nodes }) => `  ${name} (${className}): ${nodes.join(' ')}`),
    `agrees with tfjs in ${sessions} sessions: largest difference ${worst.toExponential(1)}`,
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join('\n');
};

/** The model with texts as its input, after comparing it with the one whose input is token ids. */
const textInput = async (bytes: Uint8Array, tokenizer: Tokenizer): Promise<Uint8Array> => {
  const file = withTextInput(bytes, tokenizer);
  const ort = await loadOrtNode();
  install(ort, { ops: [sharmix, textTokens] });
  const words = Array.from({ length: 40 }, (_, i) => tokenizer.word(2 + i) ?? 'unknown');
  const texts = [
    '',
    words.join(' '),
    `${words[0]!}, ${words[1]!}! https://example.org 42 nosuchword`,
  ];
  const ids = new ort.Tensor('int32', tokenizer.encodeAll(texts), [texts.length, tokenizer.length]);
  const run = async (model: Uint8Array, feeds: Record<string, InstanceType<typeof ort.Tensor>>) => {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['custom-ops'],
    });
    try {
      const { probabilities } = await session.run(feeds);
      return probabilities!.data as Float32Array;
    } finally {
      await session.release();
    }
  };
  const expected = await run(bytes, { tokens: ids });
  const actual = await run(file, { text: new ort.Tensor('string', texts, [texts.length]) });
  const at = actual.findIndex((value, i) => value !== expected[i]);
  if (at < 0) return file;
  throw new ExportError({
    where: 'sharmix export --text-input',
    what: `probability ${at}`,
    rule: `must be ${expected[at]}, as from the token ids`,
    actual: String(actual[at]),
  });
};

const exportRun = async (run: string, options: Options): Promise<void> => {
  const { out, opset } = options;
  checkFree(out, options.force);
  await loadBackend({ log: (line) => process.stderr.write(`${line}\n`) });
  const { model, tokenizer, labels, metrics, seed } = await loadRun(run);
  const { bytes, report } = await exportModel(model, {
    outputs: ['probabilities', 'logits'],
    metadata: writeMetadata({
      tokenizer,
      labels,
      // Numbers and groups of numbers; an interface has no index signature that would say so.
      metrics: metrics as unknown as Metrics,
      seed,
      version: packageVersion(),
    }),
    ...(opset === undefined ? {} : { opset }),
  });
  const file = options.textInput === true ? await textInput(bytes, tokenizer) : bytes;
  await writeFileAtomic(out, [file]);
  process.stdout.write(
    `${options.json === true ? JSON.stringify({ out, ...report }) : describe(out, report)}\n`,
  );
};

/** Registers `sharmix export`. */
export const registerExport = (program: Command): void => {
  program
    .command('export')
    .description('write a trained classifier as ONNX, after comparing it with tfjs in onnxruntime')
    .argument('<run>', 'folder written by sharmix train')
    .requiredOption('--out <file>', 'ONNX file to write, whole or not at all; it must not exist')
    .option('--force', 'replace the file where it exists')
    .option(
      '--opset <n>',
      `opset of the standard operators, ${minOpset} to ${maxOpset}`,
      parseOpset,
    )
    .option(
      '--text-input',
      'put the tokenizer into the graph: texts in, probabilities out; runs only where the operators are installed',
    )
    .option('--json', 'print the report as JSON')
    .action(exportRun);
};
