// What training tells while it runs, and what it remembers of each epoch.

import type { ClassifierMetrics } from './metrics.ts';

/** Values of the caller's own that are shown and recorded (for SharMiX: q and r). */
export type Watched = Readonly<Record<string, number>>;

/** One epoch of the history. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Over the training rows, each as it was when its batch came. */
  readonly train: ClassifierMetrics;
  /** Over the validation rows after the epoch; absent without validation. */
  readonly validation?: ClassifierMetrics;
  readonly watched: Watched;
}

/** Progress after a batch; with `record` after an epoch. */
export interface ProgressEvent {
  readonly epoch: number;
  readonly epochs: number;
  /** Batches done in this epoch. */
  readonly batch: number;
  readonly batches: number;
  /** Training metrics of this epoch so far. */
  readonly metrics: ClassifierMetrics;
  readonly watched: Watched;
  readonly record?: EpochRecord;
}

/** Is told of the progress. */
export type ProgressListener = (event: ProgressEvent) => void;
