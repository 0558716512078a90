// Metrics of a classifier, counted from its predictions.

/** Counts by true class (row) and predicted class (column). */
export type Confusion = readonly (readonly number[])[];

/** Metrics over a set of rows. */
export interface ClassifierMetrics {
  /** Mean loss of a row. */
  readonly loss: number;
  /** Share of rows whose largest probability is the true class's. */
  readonly accuracy: number;
  readonly macroF1: number;
  /** Share of the probabilities that are exactly 0. */
  readonly zeros: number;
  readonly confusion: Confusion;
}

/** Accumulates predictions batch by batch. */
export class MetricsCounter {
  readonly #classes: number;
  readonly #confusion: number[][];
  #loss = 0;
  #rows = 0;
  #zeros = 0;

  constructor(classes: number) {
    this.#classes = classes;
    this.#confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  }

  /** Adds rows.
   * @param probabilities - [rows, classes], row-major.
   * @param labels - Class of each row.
   * @param losses - Loss of each row. */
  add(
    probabilities: ArrayLike<number>,
    labels: ArrayLike<number>,
    losses: ArrayLike<number>,
  ): void {
    const n = this.#classes;
    for (let row = 0; row < labels.length; row++) {
      let best = 0;
      for (let j = 0; j < n; j++) {
        const p = probabilities[row * n + j]!;
        if (p === 0) this.#zeros++;
        if (p > probabilities[row * n + best]!) best = j;
      }
      this.#confusion[labels[row]!]![best]! += 1;
      this.#loss += losses[row]!;
    }
    this.#rows += labels.length;
  }

  /** Metrics of all rows so far; NaN where there are none. */
  get metrics(): ClassifierMetrics {
    const confusion = this.#confusion.map((row) => [...row]);
    return {
      loss: this.#loss / this.#rows,
      accuracy: accuracyOf(confusion),
      macroF1: macroF1Of(confusion),
      zeros: this.#zeros / (this.#rows * this.#classes),
      confusion,
    };
  }
}

/** Share of the counts on the diagonal; NaN for no counts. */
export const accuracyOf = (confusion: Confusion): number => {
  let right = 0;
  let all = 0;
  confusion.forEach((row, i) => {
    right += row[i] ?? 0;
    for (const count of row) all += count;
  });
  return right / all;
};

/** Mean over the classes of `F1 = 2 TP / (2 TP + FP + FN)`; classes that are neither true nor predicted anywhere are left out. */
export const macroF1Of = (confusion: Confusion): number => {
  let sum = 0;
  let classes = 0;
  for (let c = 0; c < confusion.length; c++) {
    const hits = confusion[c]?.[c] ?? 0;
    const actual = (confusion[c] ?? []).reduce((total, count) => total + count, 0);
    const predicted = confusion.reduce((total, row) => total + (row[c] ?? 0), 0);
    if (actual + predicted === 0) continue;
    classes++;
    sum += (2 * hits) / (actual + predicted);
  }
  return sum / classes;
};
