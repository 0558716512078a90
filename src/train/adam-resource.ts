// Adam by TensorFlow's fused ResourceApplyAdam: the variable and its moments are resources, the tfjs variable a view of it.

import type { AdamSlot, Moments } from './adam-slot.ts';
import { applyAdam, createResource, destroyResource, readResource } from './raw-ops.ts';
import { tf } from './tf.ts';

const momentResource = (values: Float32Array | undefined, shape: number[]): tf.Tensor =>
  tf.tidy(() =>
    createResource(values === undefined ? tf.zeros(shape) : tf.tensor(values.slice(), shape)),
  );

// Not in tf.tidy: that would look through every element of what it gives back.
const values = (resource: tf.Tensor): Float32Array => {
  const value = readResource(resource);
  const copy = value.dataSync<'float32'>().slice();
  value.dispose();
  return copy;
};

/** A variable whose value and moments TensorFlow holds. The tfjs variable has the new value after each step. */
export const resourceSlot = (variable: tf.Variable, moments: Moments | undefined): AdamSlot => {
  const { shape, size } = variable;
  // Never read, and so never handed to TensorFlow.
  const nothing = new Float32Array(size);
  const resource = createResource(variable);
  const m = momentResource(moments?.m, shape);
  const v = momentResource(moments?.v, shape);
  return {
    apply: (gradient, scale, step) => {
      // While the variable shares the resource's memory, TensorFlow would update a copy: let it go for the moment.
      variable.assign(tf.tensor(nothing, shape));
      const { learningRate, beta1, beta2, epsilon, beta1Power, beta2Power } = step;
      applyAdam(resource, m, v, {
        beta1Power: tf.scalar(beta1Power),
        beta2Power: tf.scalar(beta2Power),
        learningRate: tf.scalar(learningRate),
        beta1: tf.scalar(beta1),
        beta2: tf.scalar(beta2),
        // TensorFlow adds epsilon to the root of the uncorrected moment: scaled, the two forms are one.
        epsilon: tf.scalar(epsilon * Math.sqrt(1 - beta2Power)),
        gradient: scale === 1 ? gradient : tf.mul(gradient, scale),
      });
      variable.assign(readResource(resource));
    },
    moments: () => ({ m: values(m), v: values(v) }),
    dispose: () => {
      for (const handle of [resource, m, v]) destroyResource(handle);
    },
  };
};
