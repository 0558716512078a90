// sharmix/math: SharMiX in float64, one row at a time. The reference the other forms are tested against; no dependency.

export { sharmaMittalEntropy } from './entropy.ts';
export { sharmix } from './forward.ts';
export { sharmixLoss, type SharmixLoss } from './loss.ts';
export type { Coupling, SharmixOptions } from './options.ts';
export { entmax, normmax, softmax, sparsemax } from './special-cases.ts';
export { sharmixVjp, type SharmixGradients } from './vjp.ts';
