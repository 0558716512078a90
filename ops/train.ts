// sharmix/train: training in tfjs, with the layers and optimizers of the operators.

export * from '../src/train/index.ts';
export * from './sharmix/train/index.ts';
