// `sharmix extract`: the part of a model between named tensors as a model of its own, loaded once before it is written.

import type { Command } from 'commander';
import { inspectModel } from '../../src/onnx/index.ts';
import { extractVerified } from '../../src/runtime/index.ts';
import { embedExternal } from '../model/external.ts';
import {
  besides,
  checkFree,
  parseNames,
  readModelFile,
  sizeText,
  writeOut,
} from '../model/file.ts';
import { importOption, loadOperators } from '../model/operators.ts';
import { ortNodeWith } from '../model/runtimes.ts';

interface Options {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly out: string;
  readonly force?: true;
  readonly json?: true;
  readonly import: readonly string[];
}

const extract = async (path: string, options: Options): Promise<void> => {
  const { inputs, outputs, out } = options;
  checkFree(out, options.force);
  const ort = await ortNodeWith(await loadOperators(options.import));
  const bytes = await readModelFile(path);
  const part = await extractVerified(ort, bytes, {
    inputs,
    outputs,
    where: path,
    sessionOptions: besides(path),
  });
  // The new file may lie elsewhere: it carries what the model had in files beside it.
  const whole = await embedExternal(part, path);
  await writeOut(out, whole);
  const summary = inspectModel(whole, out);
  const nodes = Object.values(summary.operators).reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ out, sizeBytes: whole.length, ...summary })}\n`
      : `${out}: ${sizeText(whole.length)}, ${nodes} node${nodes === 1 ? '' : 's'}, ${inputs.join(', ')} -> ${outputs.join(', ')}; loads in onnxruntime\n`,
  );
};

/** Registers `sharmix extract`. */
export const registerExtract = (program: Command): void => {
  program
    .command('extract')
    .description('write the part of a model between named tensors as a model of its own')
    .argument('<model>', 'ONNX file')
    .requiredOption(
      '--inputs <names>',
      'tensors that become the inputs, comma-separated',
      parseNames,
    )
    .requiredOption(
      '--outputs <names>',
      'tensors that become the outputs, comma-separated',
      parseNames,
    )
    .requiredOption('--out <file>', 'ONNX file to write, whole or not at all; it must not exist')
    .option('--force', 'replace the file where it exists')
    .addOption(importOption())
    .option('--json', 'print a summary of the new model as JSON')
    .action(extract);
};
