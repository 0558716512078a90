// Trains the classifier with each normaliser and several seeds and prints the table of the README, as Markdown.
// node dist/models/text-classifier/compare.js [--data FILE --text COLUMN --label COLUMN] [--seeds 3] [--epochs 20]

import { parseArgs } from 'node:util';
import { normalisers } from '../../ops/train.ts';
import { loadBackend } from '../../src/train/index.ts';
import { readLabelledCsv } from './data.ts';
import { loadSpam } from './spam.ts';
import { trainTextClassifier, type TrainMetrics } from './train.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    text: { type: 'string' },
    label: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    epochs: { type: 'string', default: '20' },
  },
});

/** Mean and standard deviation of a sample. */
const spread = (sample: readonly number[]): readonly [number, number] => {
  const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
  const squares = sample.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return [mean, Math.sqrt(squares / Math.max(1, sample.length - 1))];
};

const cell = (sample: readonly number[], scale: number, digits: number): string => {
  const [mean, deviation] = spread(sample);
  return `${(scale * mean).toFixed(digits)} ± ${(scale * deviation).toFixed(digits)}`;
};

const rowOf = (name: string, runs: readonly TrainMetrics[]): string => {
  const of = (pick: (metrics: TrainMetrics) => number, scale = 100, digits = 1): string =>
    cell(runs.map(pick), scale, digits);
  return `| ${[
    name,
    of(({ train }) => train.accuracy),
    of(({ test }) => test.accuracy),
    of(({ test }) => test.macroF1),
    of(({ test }) => test.zeros),
    of(({ q }) => q, 1, 3),
    of(({ r }) => r, 1, 3),
    of(({ bestEpoch }) => bestEpoch, 1, 1),
  ].join(' | ')} |`;
};

const data =
  values.data === undefined
    ? await loadSpam()
    : await readLabelledCsv(values.data, {
        text: values.text ?? 'text',
        label: values.label ?? 'label',
      });
await loadBackend();
const results = new Map(normalisers.map((name) => [name, [] as TrainMetrics[]]));
// Seed by seed: all normalisers see the same parts, tokens and initial weights.
for (let seed = 0; seed < Number(values.seeds); seed++) {
  for (const normaliser of normalisers) {
    const { metrics } = await trainTextClassifier({
      data,
      normaliser,
      seed,
      epochs: Number(values.epochs),
    });
    results.get(normaliser)!.push(metrics);
    process.stderr.write(`seed ${seed} ${normaliser}: test ${metrics.test.accuracy.toFixed(4)}\n`);
  }
}
const lines = [
  '| normaliser | train accuracy % | test accuracy % | test macro-F1 % | test zeros % | q | r | best epoch |',
  '|---|---|---|---|---|---|---|---|',
  ...[...results].map(([name, runs]) => rowOf(name, runs)),
];
process.stdout.write(`${lines.join('\n')}\n`);
