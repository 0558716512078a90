// What a training of the text classifier is asked for, checked: the options that make one run differ from another.

import { normalisers, type Normaliser } from '../../ops/train.ts';

/** The options a run is made from and that its folder keeps. */
export interface TrainConfig {
  /** Default sharmix. */
  readonly normaliser: Normaliser;
  /** Index q, or where its training starts; undefined: the normaliser's own. */
  readonly q: number | undefined;
  /** Index r, or where its training starts; undefined: the normaliser's own. */
  readonly r: number | undefined;
  /** Most epochs; early stopping may end sooner. Default 20. */
  readonly epochs: number;
  /** Of the splits, the weights and the order of the rows. Default 0. */
  readonly seed: number;
  /** Tokens of a text; undefined: chosen from the training texts. */
  readonly length: number | undefined;
  /** Default 64. */
  readonly batchSize: number;
  /** Adam's. Default 1e-3. */
  readonly learningRate: number;
  /** Rates of q and r where they are learned. Default 1e-4. */
  readonly indexRate: number;
  /** Epochs without a better macro-F1 on the validation rows before training stops. Default 3. */
  readonly patience: number;
}

const refuse = (what: string, rule: string, actual: unknown): never => {
  throw new RangeError(`train: ${what} ${rule}, got ${String(actual)}.`);
};

const checkIndex = (config: TrainConfig, name: 'q' | 'r', from: number, to: number): void => {
  const value = config[name];
  if (value === undefined) return;
  const { normaliser } = config;
  const takes = { q: ['entmax', 'normmax', 'sharmix'], r: ['sharmix'] }[name];
  if (!takes.includes(normaliser)) {
    refuse(name, `must be left out for ${normaliser}, which fixes it`, value);
  }
  const least = normaliser === 'sharmix' ? 1.01 : from;
  const most = normaliser === 'sharmix' ? 2 : to;
  if (!(value >= least && value <= most)) {
    refuse(name, `must be in [${least}, ${most}] for ${normaliser}`, value);
  }
  if (normaliser === 'normmax' && value === 1) refuse(name, 'must be > 1 for normmax', value);
};

/** Fills the defaults in and checks every value.
 * @throws {RangeError} An unknown normaliser, an index out of range or fixed by the normaliser, a count that is no positive integer. */
export const resolveConfig = (options: Partial<TrainConfig> = {}): TrainConfig => {
  const config: TrainConfig = {
    normaliser: options.normaliser ?? 'sharmix',
    q: options.q,
    r: options.r,
    epochs: options.epochs ?? 20,
    seed: options.seed ?? 0,
    length: options.length,
    batchSize: options.batchSize ?? 64,
    learningRate: options.learningRate ?? 1e-3,
    indexRate: options.indexRate ?? 1e-4,
    patience: options.patience ?? 3,
  };
  if (!normalisers.includes(config.normaliser)) {
    refuse('normaliser', `must be one of ${normalisers.join(', ')}`, config.normaliser);
  }
  checkIndex(config, 'q', 1, 2);
  checkIndex(config, 'r', 1, 4);
  for (const name of ['epochs', 'batchSize', 'length', 'patience'] as const) {
    const value = config[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    refuse(name, 'must be an integer >= 1', value);
  }
  if (!Number.isSafeInteger(config.seed) || config.seed < 0) {
    refuse('seed', 'must be an integer >= 0', config.seed);
  }
  for (const name of ['learningRate', 'indexRate'] as const) {
    if (config[name] > 0 && config[name] < Infinity) continue;
    refuse(name, 'must be finite and > 0', config[name]);
  }
  return config;
};
