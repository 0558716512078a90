// Training in tfjs: a step with the SharMiX head and its Fenchel-Young loss, against the same step with softmax cross-entropy;
// and an epoch against PyTorch's, where Python has torch.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { headOf } from '../../../models/text-classifier/model.ts';
import { indexRules } from '../../../ops/train.ts';
import { crossEntropy, fitClassifier, loadBackend, type tf } from '../../../src/train/index.ts';
import { root } from '../../root.ts';
import { measure, summarise, type Effort, type Timing } from '../measure.ts';
import type { CaseResult, SkippedCase } from '../report.ts';
import { sharmixNetwork, sizes, softmaxNetwork, tokenRows } from './networks.ts';

const batchSize = 64;
/** Rows of a timed call: 40 steps. */
const stepRows = 40 * batchSize;
/** Rows of an epoch: four fifths of the airline corpus. */
const epochRows = 11_712;

type Loss = NonNullable<NonNullable<Parameters<typeof fitClassifier>[2]>['loss']>;

const trainer = (model: tf.LayersModel, rows: number, loss: Loss, learnsIndices: boolean) => {
  const data = {
    inputs: tokenRows(rows),
    inputShape: [sizes.length],
    labels: Int32Array.from({ length: rows }, (_, i) => i % sizes.classes),
    classes: sizes.classes,
  };
  const rules = learnsIndices ? { rules: indexRules({ q: 1e-4, r: 1e-4 }) } : {};
  return () =>
    fitClassifier(model, data, {
      epochs: 1,
      batchSize,
      seed: 1,
      // The steps are timed, not an evaluation.
      validationFraction: 0,
      loss,
      ...rules,
    });
};

const contenders = (rows: number) => {
  const ours = sharmixNetwork();
  return [
    { name: 'SharMiX, learning q and r', run: trainer(ours, rows, headOf(ours).loss(), true) },
    {
      name: 'softmax cross-entropy, same loop',
      run: trainer(softmaxNetwork(), rows, crossEntropy, false),
    },
  ];
};

const perStep = (timing: Timing): Timing => ({
  ...timing,
  median: timing.median / (stepRows / batchSize),
});

/** A training step. */
export const trainingStep = async (effort: Effort): Promise<readonly CaseResult[]> => {
  const { name } = await loadBackend();
  const timings = await measure(contenders(stepRows), effort);
  return [
    {
      name: `training step, tfjs ${name}, ${sizes.vocabularySize} x 128, batch ${batchSize}`,
      target: '<= 1.05',
      timings: timings.map(perStep),
    },
  ];
};

const python = (): string => process.env['PYTHON'] ?? 'python3';

/** Milliseconds of PyTorch's second epoch, or why it could not run. */
const torchEpoch = (): number | string => {
  const { vocabularySize, length, classes } = sizes;
  const script = join(root, 'tools/bench/peers/torch_epoch.py');
  const settings = [vocabularySize, length, classes, epochRows, batchSize].map(String);
  const { status, stdout, stderr, error } = spawnSync(python(), [script, ...settings], {
    encoding: 'utf8',
  });
  if (error !== undefined) return `${python()} does not start (set PYTHON)`;
  if (status !== 0) return stderr.trim().split('\n').at(-1) ?? `exit code ${status}`;
  return 1000 * Number(stdout);
};

/** An epoch against PyTorch's dense Adam, which runs in a process of its own before each of our rounds. */
export const trainingEpoch = async (
  effort: Effort,
): Promise<readonly (CaseResult | SkippedCase)[]> => {
  const name = `epoch of ${epochRows} rows, batch ${batchSize}, against PyTorch`;
  await loadBackend();
  const [ours] = contenders(epochRows);
  const torchMs: number[] = [];
  const ourMs: number[] = [];
  await ours!.run();
  for (let round = 0; round < effort.rounds; round++) {
    const peer = torchEpoch();
    if (typeof peer === 'string') return [{ name, skipped: peer }];
    torchMs.push(peer);
    const start = performance.now();
    await ours!.run();
    ourMs.push(performance.now() - start);
  }
  const names = [ours!.name, 'PyTorch, softmax cross-entropy, dense Adam, malloc tuned'];
  return [{ name, timings: summarise(names, [ourMs, torchMs]) }];
};
