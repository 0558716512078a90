// The report of `sharmix inspect` as text.

import type { ModelReport, StepReport } from '../../src/runtime/index.ts';
import type { ValueSummary } from '../../src/onnx/index.ts';
import { typeText } from '../draw/plan-boxes.ts';
import { sizeText, tableText } from './file.ts';

/** Unresolved nodes, duplicates and names listed before the rest is counted. */
const most = 10;

const section = (
  title: string,
  rows: readonly (readonly string[])[],
  right?: readonly number[],
): string =>
  rows.length === 0
    ? ''
    : `\n${title}\n${tableText(rows, right)
        .split('\n')
        .map((line) => `  ${line}`)
        .join('\n')}\n`;

const values = (list: readonly ValueSummary[]): readonly (readonly string[])[] =>
  list.map((value) => [value.name, typeText(value) || 'of no declared type']);

const names = (list: readonly ValueSummary[]): string =>
  list.length <= 4
    ? list.map(({ name }) => name).join(', ')
    : `${list
        .slice(0, 3)
        .map(({ name }) => name)
        .join(', ')} and ${list.length - 3} more`;

const stepRow = (step: StepReport): readonly string[] => {
  const counts = Object.entries(step.operators).sort((a, b) => b[1] - a[1]);
  const nodes = counts.reduce((sum, [, count]) => sum + count, 0);
  const what =
    step.kind === 'segment'
      ? `${nodes} node${nodes === 1 ? '' : 's'}: ${counts
          .slice(0, 3)
          .map(([name, count]) => (count === 1 ? name : `${count} ${name}`))
          .join(', ')}${counts.length > 3 ? ', ...' : ''}`
      : `${step.op ?? ''}${step.kind === 'unresolved' ? ' (not installed)' : ''}${step.kind === 'interpreted' ? ' (interpreted)' : ''}`;
  const called = step.kind === 'segment' ? step.name : `kernel "${step.name}"`;
  const weights = step.weightBytes === 0 ? '' : `, weights ${sizeText(step.weightBytes)}`;
  return [called, `${what}${weights}`, `${names(step.reads)} -> ${names(step.writes)}`];
};

const rest = (count: number): readonly (readonly string[])[] =>
  count > most ? [[`and ${count - most} more`]] : [];

/** The report in words and tables. */
export const reportText = (report: ModelReport, path: string): string => {
  const { summary, weights, operators, unresolved, steps, shared } = report;
  const opsets = Object.entries(summary.opsets).map(([domain, version]) => `${domain} ${version}`);
  const functions = Object.entries(summary.functions);
  const external =
    weights.external === 0 ? '' : `, of these ${sizeText(weights.external)} in other files`;
  return [
    `${path}: ${sizeText(report.sizeBytes)}, IR ${summary.irVersion}, opsets ${opsets.join(', ')}${summary.producer === '' ? '' : `, by ${summary.producer}`}\n`,
    section('inputs', values(summary.inputs)),
    section('outputs', values(summary.outputs)),
    ...Object.entries(operators).map(([domain, counts]) =>
      section(
        `operators of ${domain}`,
        Object.entries(counts)
          .sort((a, b) => b[1] - a[1])
          .map(([name, count]) => [String(count), name]),
        [0],
      ),
    ),
    section(
      'functions of the model',
      functions.map(([name, nodes]) => [name, `${nodes} nodes`]),
    ),
    section('unresolved', [
      ...unresolved.slice(0, most).map(({ where, fix }) => [where, fix]),
      ...rest(unresolved.length),
    ]),
    steps === undefined
      ? `\nplan\n  none: ${report.planError ?? ''}\n`
      : section('plan', steps.map(stepRow)),
    `\nweights\n  ${weights.count} initialisers, ${sizeText(weights.bytes)}${external}\n`,
    section(
      'largest initialisers',
      weights.largest.map(({ name, dtype, dims, bytes, file }) => [
        sizeText(bytes),
        name,
        `${dtype} [${dims.join(', ')}]${file === undefined ? '' : ` in ${file}`}`,
      ]),
      [0],
    ),
    section('initialisers with the same contents', [
      ...weights.duplicates
        .slice(0, most)
        .map((one) => [`${sizeText(one.bytes)} too many`, one.names.join(', ')]),
      ...rest(weights.duplicates.length),
    ]),
    section('initialisers in more than one segment', [
      ...shared.slice(0, most).map(({ name, segments }) => [name, `${segments} segments`]),
      ...rest(shared.length),
    ]),
  ].join('');
};
