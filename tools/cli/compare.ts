// `sharmix compare`: a model's kernels against its function bodies, Node against the web, value by value in the order they are made.

import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  compareModel,
  sessionContender,
  type Comparison,
  type ComparisonReport,
  type Contender,
} from '../../src/runtime/index.ts';
import { inspectModel } from '../../src/onnx/index.ts';
import type { OpDefinition } from '../../src/schema/index.ts';
import { addFeedOptions, feedsFor, type FeedOptions } from '../model/feeds.ts';
import { besides, readModelFile, tableText } from '../model/file.ts';
import { importOption, loadOperators } from '../model/operators.ts';
import { ortNodeWith, ortWebWith } from '../model/runtimes.ts';
import { withChromium } from '../model/webgpu.ts';

interface Options extends FeedOptions {
  readonly import: readonly string[];
  readonly body: boolean;
  readonly wasm: boolean;
  readonly webgpu?: true;
  readonly values: 'segments' | 'nodes';
  readonly absolute: number;
  readonly relative: number;
  readonly json?: true;
}

const parseTolerance = (text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < Infinity) return value;
  throw new InvalidArgumentError('It must be a number >= 0.');
};

/** Whether the model has nodes that a kernel runs. */
const hasCustomNodes = (bytes: Uint8Array, path: string, ops: readonly OpDefinition[]): boolean => {
  const domains = new Set(ops.map(({ schema }) => schema.domain));
  return Object.keys(inspectModel(bytes, path).operators).some((name) =>
    domains.has(name.slice(0, Math.max(0, name.lastIndexOf('::')))),
  );
};

const exponent = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

const comparisonRows = ({
  contender,
  values,
  error,
  first,
}: Comparison): readonly (readonly string[])[] => {
  if (error !== undefined)
    return [[contender, '', '', '', '', `cannot run: ${error.split('\n', 1)[0] ?? ''}`]];
  return values.map((value) => [
    contender,
    value.step,
    value.value,
    `${value.dtype} [${value.dims.join(', ')}]`,
    value.reason === undefined ? exponent(value.maxAbsolute) : '',
    value.agrees
      ? 'agrees'
      : `${value === first ? 'FIRST to differ' : 'differs'}: ${value.reason ?? `${value.differing} of ${value.elements}, ${value.worst ?? ''}`}`,
  ]);
};

const summaryLine = ({ contender, values, error, first }: Comparison): string => {
  if (error !== undefined) return `${contender}: not compared`;
  return first === undefined
    ? `${contender}: all ${values.length} values agree`
    : `${contender}: differs from ${first.step} on, first in ${first.value}`;
};

const print = (report: ComparisonReport, path: string): void => {
  const { reference, comparisons, left } = report;
  const rows = comparisons.flatMap(comparisonRows);
  const head = ['runs on', 'step', 'value', 'type', 'difference', `beside ${reference}`];
  process.stdout.write(`${path}\n${tableText([head, ...rows], [4])}\n\n`);
  for (const one of comparisons) process.stdout.write(`${summaryLine(one)}\n`);
  if (left.length > 0) {
    process.stdout.write(`not compared, because JavaScript cannot hold them: ${left.join(', ')}\n`);
  }
};

const run = async (
  path: string,
  options: Options,
  ops: readonly OpDefinition[],
  webgpu: readonly Contender[],
): Promise<ComparisonReport> => {
  const bytes = await readModelFile(path);
  const quiet = { logSeverityLevel: 3, ...besides(path) } as const;
  const node = await ortNodeWith(ops);
  const custom = { executionProviders: [{ name: 'custom-ops' }], ...quiet } as const;
  const others: Contender[] = [];
  if (options.body && hasCustomNodes(bytes, path, ops)) {
    others.push(
      sessionContender('function bodies in Node', node, { executionProviders: ['cpu'], ...quiet }),
    );
  }
  if (options.wasm) others.push(sessionContender('kernels on wasm', await ortWebWith(ops), custom));
  others.push(...webgpu);
  return compareModel(bytes, {
    reference: sessionContender('kernels in Node', node, custom),
    others,
    feeds: await feedsFor(bytes, options),
    ops,
    values: options.values,
    absolute: options.absolute,
    relative: options.relative,
    where: path,
  });
};

const compare = async (path: string, options: Options): Promise<void> => {
  const ops = await loadOperators(options.import);
  const report =
    options.webgpu === true
      ? await withChromium(options.import, (contender) => run(path, options, ops, [contender]))
      : await run(path, options, ops, []);
  if (options.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else print(report, path);
  const isFine = report.comparisons.some(({ error }) => error === undefined);
  if (!isFine || report.comparisons.some(({ first }) => first !== undefined)) process.exitCode = 1;
};

/** Registers `sharmix compare`. */
export const registerCompare = (program: Command): void => {
  addFeedOptions(
    program
      .command('compare')
      .description(
        'compare kernels, function bodies and runtimes value by value; name the first that differs',
      )
      .argument('<model>', 'ONNX file')
      .addOption(importOption())
      .option('--no-body', 'leave out the function bodies')
      .option('--no-wasm', 'leave out onnxruntime-web')
      .option('--webgpu', 'add kernels on WebGPU, in a headless Chromium')
      .addOption(
        new Option('--values <which>', 'values at the borders of segments, or of all nodes')
          .choices(['segments', 'nodes'])
          .default('segments'),
      )
      .option('--absolute <x>', 'absolute tolerance', parseTolerance, 1e-5)
      .option('--relative <x>', 'relative tolerance', parseTolerance, 1e-3),
  )
    .option('--json', 'print the report as JSON')
    .action(compare);
};
