// SharMiX on the CPU: rows of float32 in plain JavaScript. Forward, vector-Jacobian product, Fenchel-Young loss.

export { forwardRows } from './forward.ts';
export type { RowOptions } from './problem.ts';
