// The mean over time of the embedded tokens that are no padding.

import { ShapeError } from '../../core/errors.ts';
import { tf } from '../tf.ts';

const only = (value: tf.Tensor | tf.Tensor[]): tf.Tensor | undefined =>
  Array.isArray(value) ? value[0] : value;

/** `y[b, j] = sum_t m[b, t] x[b, t, j] / max(1, sum_t m[b, t])`: [batch, time, width] to [batch, width].
 *
 * `m` is the mask of `Embedding({maskZero: true})`; without a mask every step counts. A row of padding alone gives zeros.
 * Serialises and loads as any layer. */
export class MaskedMean extends tf.layers.Layer {
  static readonly className = 'MaskedMean';

  constructor(config: ConstructorParameters<typeof tf.layers.Layer>[0] = {}) {
    super(config);
    this.supportsMasking = true;
  }

  /** @throws {ShapeError} The input has not rank 3. */
  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tf.Shape;
    if (shape.length !== 3) {
      throw new ShapeError({
        where: `layer ${this.name}`,
        what: 'input',
        rule: 'must be [batch, time, width]',
        actual: `[${shape.join(', ')}]`,
      });
    }
    return [shape[0] ?? null, shape[2] ?? null];
  }

  /** The mask ends here: its output has no time. */
  override computeMask(): tf.Tensor {
    // tfjs's own layers give null for no mask; its types leave that out.
    return null as unknown as tf.Tensor;
  }

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: { mask?: tf.Tensor | tf.Tensor[] },
  ): tf.Tensor {
    return tf.tidy(() => {
      const x = only(inputs)!;
      const mask = kwargs.mask === undefined ? undefined : only(kwargs.mask);
      // tfjs hands one object on to all later layers of the model, which would take this mask for theirs (its Softmax fails on it).
      delete kwargs.mask;
      if (mask === undefined || mask === null) return tf.mean(x, 1);
      const weights = tf.cast(mask, 'float32');
      const count = tf.maximum(tf.sum(weights, 1, true), 1);
      // [batch, 1, time] x [batch, time, width]: the products are summed without being stored.
      const share = tf.expandDims(tf.div(weights, count), 1);
      return tf.squeeze(tf.matMul(share as tf.Tensor3D, x as tf.Tensor3D), [1]);
    });
  }
}

tf.serialization.registerClass(MaskedMean);
