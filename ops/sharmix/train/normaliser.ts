// The normalisers a classifier can end with, each one a SharMiX layer: softmax, sparsemax, entmax and normmax are points of the square.

import { SharMiX, type SharMiXOptions } from './layer.ts';

/** Names of the normalisers. */
export const normalisers = ['softmax', 'sparsemax', 'entmax', 'normmax', 'sharmix'] as const;

/** A normaliser by name. */
export type Normaliser = (typeof normalisers)[number];

const where = 'createNormaliser';

const entmaxQ = 1.5;

/** The layer of a normaliser:
 *
 * | name | q | r | temperature |
 * |---|---|---|---|
 * | softmax | 1 | 1 | t |
 * | sparsemax | 2 | 2 | t |
 * | entmax | q (1.5) | q | t |
 * | normmax | q (1.5), > 1 | 2 - 1/q | (q - 1) t: `normmax_q(z) = SharMiX(z/(q-1); q, 2-1/q)` |
 * | sharmix | learned from q (1.5) | learned from r (q) | t |
 *
 * The Fenchel-Young loss of softmax is the cross-entropy; those of the others are the ones they are defined with.
 * @throws {RangeError} An option that the normaliser fixes, or q = 1 for normmax. */
export const createNormaliser = (kind: Normaliser, options: SharMiXOptions = {}): SharMiX => {
  const fixed = (names: readonly (keyof SharMiXOptions)[]): void => {
    for (const name of names) {
      if (options[name] === undefined) continue;
      throw new RangeError(`${where}: ${name} must be left out for ${kind}, which fixes it.`);
    }
  };
  const { q = entmaxQ } = options;
  switch (kind) {
    case 'softmax':
      fixed(['q', 'r', 'learnable']);
      return new SharMiX({ ...options, q: 1, r: 1 });
    case 'sparsemax':
      fixed(['q', 'r', 'learnable']);
      return new SharMiX({ ...options, q: 2, r: 2 });
    case 'entmax':
      fixed(['r', 'learnable']);
      return new SharMiX({ ...options, q, r: q });
    case 'normmax': {
      fixed(['r', 'learnable']);
      if (q <= 1) throw new RangeError(`${where}: q of normmax must be > 1, got ${q}.`);
      const { temperature = 1 } = options;
      return new SharMiX({ ...options, q, r: 2 - 1 / q, temperature: temperature * (q - 1) });
    }
    case 'sharmix':
      return new SharMiX({ learnable: true, ...options, q });
  }
};
