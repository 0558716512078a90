// The bench's report: machine, versions, timings; as JSON and as a Markdown table.

import { cpus, totalmem } from 'node:os';
import { installedVersion } from '../versions.ts';
import type { Timing } from './measure.ts';

/** A finished case. */
export interface CaseResult {
  readonly name: string;
  /** What was limited in advance, in words (`<= 1.1x`), where there is a limit. */
  readonly target?: string;
  /** What is measured; milliseconds where nothing is said. */
  readonly unit?: 'ms' | 'MB';
  readonly timings: readonly Timing[];
}

/** A case that could not run, and why. */
export interface SkippedCase {
  readonly name: string;
  readonly skipped: string;
}

/** Everything a run of the bench says. */
export interface BenchReport {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly cases: readonly (CaseResult | SkippedCase)[];
}

/** Processor, cores, memory, Node. */
export const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;

/** Versions of the peers. */
export const versions = (): Record<string, string> =>
  Object.fromEntries(
    ['onnxruntime-node', '@tensorflow/tfjs-node'].map((name) => [
      name,
      installedVersion(name) ?? 'not installed',
    ]),
  );

const time = (ms: number): string =>
  ms < 1 ? `${(ms * 1000).toPrecision(3)} µs` : `${ms.toPrecision(3)} ms`;

const rows = (result: CaseResult | SkippedCase): readonly string[] => {
  if ('skipped' in result) return [`| ${result.name} | | not run: ${result.skipped} | | |`];
  return result.timings.map(({ name, median, ratio, ratioQuartiles: [low, high] }, i) => {
    const peer = i === 1;
    const cells = [
      i === 0 ? result.name : '',
      name,
      result.unit === 'MB' ? `${median.toPrecision(3)} MB` : time(median),
      peer ? '1 (peer)' : `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
      i === 0 ? (result.target ?? '') : '',
    ];
    return `| ${cells.join(' | ')} |`;
  });
};

/** The report as Markdown: a line on the machine, then one table. */
export const markdown = ({ machine, versions, cases }: BenchReport): string =>
  [
    `Measured on ${machine}; ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}. Ratio: median and quartiles of the rounds, against the row marked peer.`,
    '',
    '| case | contender | median | ratio | target |',
    '|---|---|---|---|---|',
    ...cases.flatMap(rows),
  ].join('\n');
