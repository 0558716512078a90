// Adam on typed arrays, in one pass: for backends without a fused op, and for variables with a rule of their own.

import type { AdamSlot, Moments, VariableRule } from './adam-slot.ts';
import { tf } from './tf.ts';

/** A variable whose moments are typed arrays. */
export const arraySlot = (
  variable: tf.Variable,
  moments: Moments | undefined,
  rule: VariableRule | undefined,
): AdamSlot => {
  const { size, shape } = variable;
  const m = new Float32Array(size);
  const v = new Float32Array(size);
  if (moments !== undefined) {
    m.set(moments.m);
    v.set(moments.v);
  }
  const { min = -Infinity, max = Infinity } = rule ?? {};
  return {
    apply: (gradient, scale, step) => {
      const { beta1, beta2, epsilon, beta1Power, beta2Power } = step;
      const rate = (rule?.learningRate ?? step.learningRate) / (1 - beta1Power);
      const root = 1 / Math.sqrt(1 - beta2Power);
      const x = variable.dataSync<'float32'>();
      const g = gradient.dataSync<'float32'>();
      const next = new Float32Array(size);
      for (let i = 0; i < size; i++) {
        const gi = g[i]! * scale;
        const mi = beta1 * m[i]! + (1 - beta1) * gi;
        const vi = beta2 * v[i]! + (1 - beta2) * gi * gi;
        m[i] = mi;
        v[i] = vi;
        const value = x[i]! - (rate * mi) / (Math.sqrt(vi) * root + epsilon);
        next[i] = value < min ? min : value > max ? max : value;
      }
      variable.assign(tf.tensor(next, shape));
    },
    moments: () => ({ m: m.slice(), v: v.slice() }),
    dispose: () => {},
  };
};
