// SharMiX on the CPU: rows of float32 in plain JavaScript. Forward pass, vector-Jacobian product, Fenchel-Young loss.

export { forwardRows } from './forward.ts';
export { lossRows } from './loss.ts';
export type { RowOptions } from './problem.ts';
export { vjpRows } from './vjp.ts';
