// Which tfjs variables are indices of a SharMiX layer, and the interval training keeps them in.

import type { tf } from '../../../src/train/index.ts';

/** Smallest value training lets q and r take: at 1 the gradient of q changes its form. */
export const minTrainedIndex = 1.01;
/** Largest value training lets q and r take. */
export const maxTrainedIndex = 2;

/** Name of an index. */
export type IndexName = 'q' | 'r';

/** Learning rates of the indices. */
export type IndexRates = Readonly<Record<IndexName, number>>;

const names = new WeakMap<object, IndexName>();

/** Marks a variable as an index. */
export const markIndex = (variable: object, name: IndexName): void => {
  names.set(variable, name);
};

/** The index a variable is, or undefined. */
export const indexOf = (variable: tf.Variable): IndexName | undefined => names.get(variable);

/** Throws where a rate is no finite number >= 0.
 * @throws {RangeError} */
export const checkRates = (where: string, rates: IndexRates): void => {
  for (const name of ['q', 'r'] as const) {
    const rate = rates[name];
    if (Number.isFinite(rate) && rate >= 0) continue;
    throw new RangeError(`${where}: rate of ${name} must be finite and >= 0, got ${rate}.`);
  }
};
