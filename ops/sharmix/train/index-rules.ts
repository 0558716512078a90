// The rates and the interval of q and r as rules of fitClassifier.

import type { tf, VariableRule } from '../../../src/train/index.ts';
import {
  checkRates,
  indexOf,
  maxTrainedIndex,
  minTrainedIndex,
  type IndexRates,
} from './indices.ts';

/** Rules for `fitClassifier({ rules })`: q and r of SharMiX layers at rates of their own, kept in [1.01, 2]. What
 * {@link withIndexRates} is for `model.fit`.
 * @throws {RangeError} A rate that is negative or no number. */
export const indexRules = (
  rates: IndexRates,
): ((variable: tf.Variable) => VariableRule | undefined) => {
  checkRates('indexRules', rates);
  return (variable) => {
    const name = indexOf(variable);
    return name === undefined
      ? undefined
      : { learningRate: rates[name], min: minTrainedIndex, max: maxTrainedIndex };
  };
};
