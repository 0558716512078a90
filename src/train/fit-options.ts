// What `fitClassifier` is asked for and what it gives back.

import type { VariableRule } from './adam-slot.ts';
import type { EpochRecord, ProgressListener, Watched } from './events.ts';
import type { LossFunction } from './loss-function.ts';
import type { Split } from './split.ts';
import type { tf } from './tf.ts';

/** Options of {@link fitClassifier}. */
export interface FitOptions {
  /** Default 10. */
  readonly epochs?: number;
  /** Default 64. */
  readonly batchSize?: number;
  /** Adam's. Default 1e-3. */
  readonly learningRate?: number;
  /** Largest global norm of the gradient. Default 1. */
  readonly clipNorm?: number;
  /** Fixes split and order of the rows. Default 0. The model's own initial weights have seeds of their own. */
  readonly seed?: number;
  /** Share of each class held out, in [0, 1). Default 0.1. */
  readonly validationFraction?: number;
  /** Rows of equal key are duplicates and stay on one side of the split. Default: rows of equal content. */
  readonly duplicateKeys?: readonly (string | number)[];
  /** Epochs without a better validation score before training stops. Default 3; Infinity never stops. */
  readonly patience?: number;
  /** The validation score: macro-F1 (default; with learned indices the loss itself changes its meaning), accuracy or loss. */
  readonly monitor?: 'macroF1' | 'accuracy' | 'loss';
  /** One value a row. Default: cross-entropy of the model's probabilities. */
  readonly loss?: LossFunction;
  /** Rates and intervals of single variables (SharMiX: `indexRules`). */
  readonly rules?: (variable: tf.Variable) => VariableRule | undefined;
  /** Path of the checkpoint, written before the first epoch and after each. */
  readonly checkpoint?: string;
  /** Go on from the checkpoint where there is one. Default false. */
  readonly resume?: boolean;
  /** Stops between two batches; the checkpoint stays. */
  readonly signal?: AbortSignal;
  /** Values to show and record (SharMiX: q and r). */
  readonly watch?: () => Watched;
  readonly onProgress?: ProgressListener;
}

/** What training gave. The model has the weights of the best epoch. */
export interface FitResult {
  readonly history: readonly EpochRecord[];
  /** Record of the epoch whose weights the model has: the best by `monitor`, without validation the last. */
  readonly best: EpochRecord;
  readonly stoppedEarly: boolean;
  /** Steps of the optimizer since the beginning, resumed ones included. */
  readonly steps: number;
  /** Row numbers of both sides. */
  readonly split: Split;
}

/** Options with the defaults filled in. */
export type Settings = Readonly<
  Required<
    Pick<
      FitOptions,
      | 'epochs'
      | 'batchSize'
      | 'learningRate'
      | 'clipNorm'
      | 'seed'
      | 'validationFraction'
      | 'patience'
      | 'monitor'
    >
  >
>;

const positive: readonly (keyof FitOptions & keyof Settings)[] = [
  'epochs',
  'batchSize',
  'learningRate',
  'clipNorm',
  'patience',
];

/** Fills the defaults in.
 * @throws {RangeError} A value out of its range. */
export const resolveFitOptions = (options: FitOptions): Settings => {
  const settings: Settings = {
    epochs: options.epochs ?? 10,
    batchSize: options.batchSize ?? 64,
    learningRate: options.learningRate ?? 1e-3,
    clipNorm: options.clipNorm ?? 1,
    seed: options.seed ?? 0,
    validationFraction: options.validationFraction ?? 0.1,
    patience: options.patience ?? 3,
    monitor: options.monitor ?? 'macroF1',
  };
  for (const name of positive) {
    if (Number(settings[name]) > 0) continue;
    throw new RangeError(`fitClassifier: ${name} must be > 0, got ${settings[name]}.`);
  }
  for (const name of ['epochs', 'batchSize', 'seed'] as const) {
    if (Number.isSafeInteger(settings[name])) continue;
    throw new RangeError(`fitClassifier: ${name} must be an integer, got ${settings[name]}.`);
  }
  return settings;
};
