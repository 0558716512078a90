// `sharmix export`: the ONNX file of a trained classifier, verified against onnxruntime.

import { existsSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { loadRun } from '../../models/text-classifier/run.ts';
import { exportModel, type ExportReport } from '../../ops/export.ts';
import { maxOpset, minOpset } from '../../src/onnx/index.ts';
import { DataError } from '../../src/schema/index.ts';
import { writeMetadata, type Metrics } from '../../src/text/index.ts';
import { writeFileAtomic } from '../../src/train/atomic-file.ts';
import { loadBackend } from '../../src/train/index.ts';
import { packageVersion } from '../versions.ts';

interface Options {
  readonly out: string;
  readonly opset?: number;
  readonly force?: boolean;
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

const exportRun = async (run: string, options: Options): Promise<void> => {
  const { out, opset } = options;
  if (existsSync(out) && options.force !== true) {
    throw new DataError({
      where: out,
      what: 'the output file',
      rule: 'must not exist',
      hint: 'choose another name, or replace it with --force',
    });
  }
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
  await writeFileAtomic(out, [bytes]);
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
    .option('--json', 'print the report as JSON')
    .action(exportRun);
};
