// What Adam keeps for one variable, and how it steps: the interface of its two implementations.

import type { tf } from './tf.ts';

/** First and second moment of a variable's gradient. */
export interface Moments {
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** Adam's constants. */
export interface AdamSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** A step's constants. */
interface AdamStep extends AdamSettings {
  /** `beta1^step` */
  readonly beta1Power: number;
  /** `beta2^step` */
  readonly beta2Power: number;
}

/** What holds for one variable alone: its own learning rate, and the interval it is kept in after each step. */
export interface VariableRule {
  readonly learningRate?: number;
  readonly min?: number;
  readonly max?: number;
}

/** One variable under Adam:
 * `m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2, x -= lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps)`. */
export interface AdamSlot {
  /** One step with `scale * gradient`. */
  apply(gradient: tf.Tensor, scale: number, step: AdamStep): void;
  moments(): Moments;
  dispose(): void;
}
