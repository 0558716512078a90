// fitClassifier: trains a tfjs classifier with Adam, a validation split, early stopping and checkpoints that resume exactly.

import { checkFingerprint, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { checkData, contentKeys, digestOf, type ClassifierData } from './classifier-data.ts';
import {
  resolveFitOptions,
  type FitOptions,
  type FitResult,
  type Settings,
} from './fit-options.ts';
import { crossEntropy } from './loss-function.ts';
import { stratifiedSplit } from './split.ts';
import { tf } from './tf.ts';
import { TrainingRun } from './training-run.ts';
import { DataError } from '../core/errors.ts';

/** What a checkpoint must agree in to be resumed: all but the number of epochs and the patience. */
const fingerprintOf = (
  model: tf.LayersModel,
  data: ClassifierData,
  settings: Settings,
): Record<string, string | number> => {
  const { batchSize, learningRate, clipNorm, seed, validationFraction, monitor } = settings;
  const shapes = model.weights.map(({ shape }) => `[${shape.join(', ')}]`).join(' ');
  const options = { batchSize, learningRate, clipNorm, seed, validationFraction, monitor };
  return { data: digestOf(data), weights: shapes, backend: tf.getBackend(), ...options };
};

/** Trains `model` on `data`: Adam, gradient clipped to a global norm of 1, shuffled batches, a stratified validation split made
 * once with duplicates on one side, early stopping, a checkpoint an epoch.
 *
 * Same seed, backend and initial weights: same weights, bit for bit; and a run that was killed and resumed ends with those too.
 * @param model - Input as `data.inputShape`, output probabilities [rows, classes]. Ends with the weights of the best epoch.
 * @returns History, best epoch and split.
 * @throws {DataError} Data that is empty, of one class or inconsistent; a checkpoint that cannot be written, read or is of another run.
 * @throws {RangeError} An option out of range. Also the signal's reason when it aborts; the checkpoint of the last epoch stays. */
export const fitClassifier = async (
  model: tf.LayersModel,
  data: ClassifierData,
  options: FitOptions = {},
): Promise<FitResult> => {
  const settings = resolveFitOptions(options);
  checkData(data);
  const { checkpoint: path, resume = false, signal } = options;
  const { seed, validationFraction: fraction, epochs } = settings;
  const keys = options.duplicateKeys ?? contentKeys(data);
  const split = stratifiedSplit({ labels: data.labels, keys, fraction, seed });
  const fingerprint = fingerprintOf(model, data, settings);
  const from = path === undefined || !resume ? undefined : await loadCheckpoint(path);
  if (path !== undefined && from !== undefined) {
    checkFingerprint(path, from.fingerprint, fingerprint);
  }
  const run = new TrainingRun(
    {
      model,
      data,
      split,
      settings,
      loss: options.loss ?? crossEntropy,
      rules: options.rules,
      watch: options.watch ?? (() => ({})),
      onProgress: options.onProgress ?? (() => {}),
      signal,
    },
    from,
  );
  try {
    let stoppedEarly = from?.stoppedEarly ?? false;
    if (path !== undefined && from === undefined) {
      await saveCheckpoint(path, run.checkpoint(fingerprint, false));
    }
    while (run.history.length < epochs && !stoppedEarly) {
      await run.epoch();
      stoppedEarly = run.outOfPatience;
      if (path !== undefined) await saveCheckpoint(path, run.checkpoint(fingerprint, stoppedEarly));
    }
    run.restoreBest();
    const { history, best, steps } = run;
    if (best === undefined) {
      throw new DataError({
        where: 'fitClassifier',
        what: 'the run to resume',
        rule: `must have at most ${epochs} epochs`,
        actual: String(history.length),
      });
    }
    return { history, best, stoppedEarly, steps, split };
  } finally {
    run.dispose();
  }
};
