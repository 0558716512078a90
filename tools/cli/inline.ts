// `sharmix inline`: a model with its functions expanded, for runtimes that have none; compared with the original before it is written.

import type { Command } from 'commander';
import { inlineModel, inspectModel } from '../../src/onnx/index.ts';
import {
  compareValues,
  sessionContender,
  type NamedTensors,
  type OrtModule,
  type ValueDifference,
} from '../../src/runtime/index.ts';
import { loadOrtNode } from '../../src/runtime/ort-node.ts';
import { messageOf, ModelError } from '../../src/schema/index.ts';
import { addFeedOptions, feedsFor, type FeedOptions } from '../model/feeds.ts';
import { besides, checkFree, readModelFile, sizeText, writeOut } from '../model/file.ts';

interface Options extends FeedOptions {
  readonly out: string;
  readonly force?: true;
  readonly json?: true;
  readonly verify: boolean;
}

const refuse = (path: string, rule: string, actual: string, hint: string): never => {
  throw new ModelError({ where: path, what: 'the expanded model', rule, actual, hint });
};

/** Runs both in onnxruntime alone, without our operators.
 * @returns The largest difference of an output. */
const verify = async (
  ort: OrtModule,
  path: string,
  models: readonly [Uint8Array, Uint8Array],
  feeds: NamedTensors,
): Promise<number> => {
  const stock = sessionContender('onnxruntime', ort, {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
    ...besides(path),
  });
  const run = async (which: string, model: Uint8Array): Promise<NamedTensors> => {
    try {
      return await stock.run(model, feeds);
    } catch (error) {
      return refuse(
        path,
        'must be run beside the original',
        `onnxruntime cannot run the ${which}: ${messageOf(error)}`,
        'give inputs the model takes with --feeds, or write it unverified with --no-verify',
      );
    }
  };
  const expected = await run('original', models[0]);
  const actual = await run('expanded model', models[1]);
  let largest = 0;
  for (const [name, value] of Object.entries(expected)) {
    const found = actual[name];
    const compared: ValueDifference | undefined =
      found === undefined ? undefined : compareValues(value, found);
    if (compared?.agrees === true) largest = Math.max(largest, compared.maxAbsolute);
    else {
      refuse(
        path,
        `must give the original's output ${name}`,
        compared?.reason ?? compared?.worst ?? 'nothing',
        'random operators differ from run to run: write it unverified with --no-verify if it has some',
      );
    }
  }
  return largest;
};

const inline = async (path: string, options: Options): Promise<void> => {
  const { out } = options;
  checkFree(out, options.force);
  const bytes = await readModelFile(path);
  const flat = inlineModel(bytes, { where: path });
  const difference = options.verify
    ? await verify(await loadOrtNode(), path, [bytes, flat], await feedsFor(bytes, options))
    : undefined;
  await writeOut(out, flat);
  const { functions } = inspectModel(bytes, path);
  const summary = inspectModel(flat, out);
  const nodes = Object.values(summary.operators).reduce((sum, count) => sum + count, 0);
  const expanded = Object.keys(functions).length;
  const verdict =
    difference === undefined
      ? 'not verified'
      : `same results as the original in onnxruntime (largest difference ${difference.toExponential(1)})`;
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ out, sizeBytes: flat.length, nodes, expanded, difference: difference ?? null })}\n`
      : `${out}: ${sizeText(flat.length)}, ${nodes} nodes, ${expanded} function${expanded === 1 ? '' : 's'} expanded; ${verdict}\n`,
  );
};

/** Registers `sharmix inline`. */
export const registerInline = (program: Command): void => {
  addFeedOptions(
    program
      .command('inline')
      .description('write a model with its functions expanded, for runtimes that have none')
      .argument('<model>', 'ONNX file')
      .requiredOption('--out <file>', 'ONNX file to write, whole or not at all; it must not exist')
      .option('--force', 'replace the file where it exists')
      .option('--no-verify', 'do not run it beside the original first'),
  )
    .option('--json', 'print what was written as JSON')
    .action(inline);
};
