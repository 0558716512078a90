// SharMiX in training: the tfjs layer with its loss, and the rates of its indices.

export { type IndexName, type IndexRates } from './indices.ts';
export { IndexRateOptimizer, withIndexRates } from './index-rates.ts';
export { indexRules } from './index-rules.ts';
export { SharMiX, type SharMiXOptions } from './layer.ts';
export { createNormaliser, normalisers, type Normaliser } from './normaliser.ts';
