// One run of training: its state, an epoch, and the checkpoint it can be put into and made of.

import { Adam, type AdamState } from './adam.ts';
import type { Checkpoint } from './checkpoint.ts';
import { batchOf, type ClassifierData } from './classifier-data.ts';
import { evaluateClassifier } from './evaluate.ts';
import type { EpochRecord, ProgressListener, Watched } from './events.ts';
import type { FitOptions, Settings } from './fit-options.ts';
import type { LossFunction } from './loss-function.ts';
import { MetricsCounter, type ClassifierMetrics } from './metrics.ts';
import { Random } from './random.ts';
import type { Split } from './split.ts';
import { tf } from './tf.ts';

/** Longest time between two looks at the event loop: Ctrl-C is heard that fast. */
const breathMs = 50;

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a run is made of. */
export interface RunParts {
  readonly model: tf.LayersModel;
  readonly data: ClassifierData;
  readonly split: Split;
  readonly settings: Settings;
  readonly loss: LossFunction;
  readonly rules: FitOptions['rules'];
  readonly watch: () => Watched;
  readonly onProgress: ProgressListener;
  readonly signal: AbortSignal | undefined;
}

const readWeights = (model: tf.LayersModel): Float32Array[] =>
  model.weights.map((weight) => weight.read().dataSync<'float32'>().slice());

/** Puts arrays into the model's weights. */
const writeWeights = (model: tf.LayersModel, values: readonly Float32Array[]): void => {
  tf.tidy(() => {
    model.setWeights(
      model.weights.map(({ shape }, i) => tf.tensor(values[i]!.slice(), shape as number[])),
    );
  });
};

const scoreOf = (metrics: ClassifierMetrics, monitor: Settings['monitor']): number =>
  monitor === 'loss' ? -metrics.loss : metrics[monitor];

/** A run in progress. */
export class TrainingRun {
  readonly #parts: RunParts;
  readonly #variables: readonly tf.Variable[];
  readonly #random: Random;
  readonly #adam: Adam;
  readonly #history: EpochRecord[];
  #bestWeights: readonly Float32Array[] | undefined;
  #bestEpoch: number;

  constructor(parts: RunParts, from?: Checkpoint) {
    const { model, settings, rules } = parts;
    this.#parts = parts;
    if (from !== undefined) writeWeights(model, from.weights);
    this.#variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    this.#random = new Random(from?.random ?? settings.seed);
    this.#history = [...(from?.history ?? [])];
    this.#bestEpoch = from?.best.epoch ?? 0;
    this.#bestWeights = from?.best.weights ?? from?.weights;
    const { learningRate, clipNorm } = settings;
    const options = { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, clipNorm, rules };
    this.#adam = new Adam(this.#variables, options, from?.adam);
  }

  get history(): readonly EpochRecord[] {
    return this.#history;
  }

  get best(): EpochRecord | undefined {
    return this.#history[this.#bestEpoch - 1];
  }

  get steps(): number {
    return this.#adam.step;
  }

  /** Whether no epoch of the last `patience` was better. */
  get outOfPatience(): boolean {
    return this.#history.length - this.#bestEpoch >= this.#parts.settings.patience;
  }

  /** The state to go on from. */
  checkpoint(fingerprint: Checkpoint['fingerprint'], stoppedEarly: boolean): Checkpoint {
    const adam: AdamState = this.#adam.state;
    return {
      fingerprint,
      random: this.#random.state,
      history: this.#history,
      weights: readWeights(this.#parts.model),
      adam,
      best: {
        epoch: this.#bestEpoch,
        weights: this.#bestEpoch === this.#history.length ? undefined : this.#bestWeights,
      },
      stoppedEarly,
    };
  }

  /** One pass over the training rows, in a new order, then the validation.
   * @throws The signal's reason, between two batches. */
  async epoch(): Promise<void> {
    const { data, split, settings, loss, watch, onProgress, signal, model } = this.#parts;
    const { batchSize, epochs } = settings;
    const order = this.#random.shuffle(split.train.slice());
    const counter = new MetricsCounter(data.classes);
    const epoch = this.#history.length + 1;
    const batches = Math.ceil(order.length / batchSize);
    let breathedAt = performance.now();
    for (let batch = 0; batch < batches; batch++) {
      if (performance.now() - breathedAt > breathMs) {
        const progress = { epoch, epochs, batch, batches, metrics: counter.metrics };
        onProgress({ ...progress, watched: watch() });
        await breathe();
        breathedAt = performance.now();
      }
      signal?.throwIfAborted();
      this.#step(order.subarray(batch * batchSize, (batch + 1) * batchSize), counter);
    }
    const { validation: rows } = split;
    const validation =
      rows.length === 0 ? undefined : evaluateClassifier(model, data, { rows, loss });
    const record: EpochRecord = {
      epoch,
      train: counter.metrics,
      watched: watch(),
      ...(validation === undefined ? {} : { validation }),
    };
    this.#remember(record);
    const progress = { epoch, epochs, batch: batches, batches, metrics: record.train };
    onProgress({ ...progress, watched: record.watched, record });
  }

  #step(rows: Int32Array, counter: MetricsCounter): void {
    const { model, data, loss } = this.#parts;
    tf.tidy(() => {
      const { x, y, labels } = batchOf(data, rows);
      const { grads } = tf.variableGrads(() => {
        const probabilities = model.apply(x, { training: true }) as tf.Tensor;
        const losses = loss(y, probabilities);
        counter.add(probabilities.dataSync(), labels, losses.dataSync());
        return tf.mean(losses);
      }, [...this.#variables]);
      this.#adam.apply(grads);
    });
  }

  #remember(record: EpochRecord): void {
    const { monitor } = this.#parts.settings;
    const best = this.best?.validation;
    const { validation } = record;
    this.#history.push(record);
    if (
      validation === undefined ||
      best === undefined ||
      scoreOf(validation, monitor) > scoreOf(best, monitor)
    ) {
      this.#bestEpoch = record.epoch;
      this.#bestWeights = readWeights(this.#parts.model);
    }
  }

  /** Gives the model the weights of the best epoch. */
  restoreBest(): void {
    if (this.#bestEpoch !== this.#history.length && this.#bestWeights !== undefined) {
      writeWeights(this.#parts.model, this.#bestWeights);
    }
  }

  dispose(): void {
    this.#adam.dispose();
  }
}
