// The weights of a model's layers: read once, found by name, as tensors.

import { ExportError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { tf } from '../train/index.ts';

/** A variable of a layer. */
export type LayerVariable = tf.layers.Layer['weights'][number];

/** Values of variables by their id. */
export type WeightValues = ReadonlyMap<number, Tensor>;

/** The last part of a weight's name: `kernel` of `dense/kernel`. */
export const weightName = (weight: LayerVariable): string =>
  weight.originalName.split('/').at(-1) ?? weight.originalName;

const toTensor = (weight: LayerVariable, data: Float32Array | Int32Array | Uint8Array): Tensor => {
  const dims = weight.shape.map(Number);
  if (data instanceof Float32Array) {
    return { dtype: 'float32', dims, data: Float32Array.from(data) };
  }
  if (data instanceof Int32Array) return { dtype: 'int32', dims, data: Int32Array.from(data) };
  return { dtype: 'bool', dims, data: Uint8Array.from(data) };
};

/** Reads all weights of a model. */
export const readWeights = async (model: tf.LayersModel): Promise<WeightValues> =>
  new Map(
    await Promise.all(
      model.weights.map(
        async (weight) => [weight.id, toTensor(weight, await weight.read().data())] as const,
      ),
    ),
  );

/** A layer's weight by name.
 * @throws {ExportError} None, or several, have the name. */
export const findWeight = (layer: tf.layers.Layer, name: string, where: string): LayerVariable => {
  const found = layer.weights.filter((weight) => weightName(weight) === name);
  if (found.length === 1) return found[0]!;
  throw new ExportError({
    where,
    what: `weight ${name}`,
    rule: found.length === 0 ? 'must be among the weights of the layer' : 'must be one',
    actual: layer.weights.map(weightName).join(', ') || 'no weights',
  });
};
