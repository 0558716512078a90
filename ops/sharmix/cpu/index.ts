// SharMiX on the CPU: rows of float32 in plain JavaScript. Forward pass and Fenchel-Young loss.

export { forwardRows } from './forward.ts';
export { lossRows, type LossRows } from './loss.ts';
export type { RowOptions } from './problem.ts';
