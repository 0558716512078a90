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
import { DataError, ShapeError } from '../core/errors.ts';
import { formatShape, sameShape } from '../core/shape.ts';

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

const checkModel = (model: tf.LayersModel, { classes, inputShape }: ClassifierData): void => {
  const check = (what: string, actual: tf.Shape | undefined, expected: readonly number[]): void => {
    const dims = actual?.slice(1) ?? [];
    if (
      sameShape(
        dims.map((dim) => dim ?? -1),
        expected,
      )
    )
      return;
    throw new ShapeError({
      where: 'fitClassifier',
      what: `${what} of the model`,
      rule: `must be [batch, ${expected.join(', ')}], as the data`,
      actual: formatShape((actual ?? []).map((dim) => dim ?? 'batch')),
    });
  };
  check('input', model.inputs[0]?.shape, inputShape);
  check('output', model.outputs[0]?.shape, [classes]);
};

/** Trains `model` on `data`: Adam, gradient clipped to a global norm of 1, shuffled batches, a stratified validation split made
 * once with duplicates on one side, early stopping, a checkpoint an epoch.
 *
 * Same seed, backend and initial weights: same weights, bit for bit; and a run that was killed and resumed ends with those too.
 * @param model - Input as `data.inputShape`, output probabilities [rows, classes]. Ends with the weights of the best epoch.
 * @returns History, best epoch and split.
 * @throws {DataError} Data that is empty, of one class or inconsistent; a checkpoint that cannot be written, read or is of another run.
 * @throws {ShapeError} The model does not fit the data. {RangeError} An option out of range. Also the signal's reason when it aborts; the checkpoint of the last epoch stays. */
export const fitClassifier = async (
  model: tf.LayersModel,
  data: ClassifierData,
  options: FitOptions = {},
): Promise<FitResult> => {
  const settings = resolveFitOptions(options);
  checkData(data);
  checkModel(model, data);
  const { checkpoint: path, resume = false, signal } = options;
  const { seed, validationFraction: fraction, epochs } = settings;
  const keys = options.duplicateKeys ?? contentKeys(data);
  if (keys.length !== data.labels.length) {
    throw new DataError({
      where: 'fitClassifier',
      what: 'duplicateKeys',
      rule: `must be one a row, ${data.labels.length}`,
      actual: String(keys.length),
    });
  }
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
    // There is one: a run has one epoch at least.
    return { history, best: best!, stoppedEarly, steps, split };
  } finally {
    run.dispose();
  }
};
