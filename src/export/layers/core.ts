// Dense, Activation, Flatten, Reshape, and the layers that act in training alone.

import type { LayerRule, LayerRules } from '../rule.ts';
import { activate } from './activations.ts';

/** y = activation(x W + b): Gemm for rank 2, else MatMul and Add. */
const dense: LayerRule = (layer) => {
  const x = layer.float();
  const kernel = layer.weight('kernel');
  const bias = layer.hasWeight('bias') ? layer.weight('bias') : undefined;
  if (bias !== undefined && layer.input.shape.length === 2) {
    return { value: activate(layer, layer.op('Gemm', [x, kernel, bias])) };
  }
  const product = layer.op('MatMul', [x, kernel]);
  return {
    value: activate(layer, bias === undefined ? product : layer.op('Add', [product, bias])),
  };
};

const activation: LayerRule = (layer) => ({ value: activate(layer, layer.float()) });

/** Acts in training alone: the input goes through, its mask with it. */
const identity: LayerRule = ({ input }) => ({
  value: input.value,
  dtype: input.dtype,
  mask: input.mask ?? null,
});

/** [N, ...] to [N, product]; with `channelsFirst` the channels become the last axis before. */
const flatten: LayerRule = (layer) => {
  const { input } = layer;
  const rank = input.shape.length;
  const isChannelsFirst = layer.config['dataFormat'] === 'channelsFirst' && rank > 2;
  const perm = Array.from({ length: rank }, (_, i) => (i === 0 ? 0 : (i % (rank - 1)) + 1));
  const value = isChannelsFirst
    ? layer.op('Transpose', [input.value], { perm: { ints: perm } })
    : input.value;
  return { value: layer.op('Reshape', [value, layer.ints(0, -1)]), dtype: input.dtype };
};

const reshape: LayerRule = (layer) => {
  const { input } = layer;
  const target = layer.config['targetShape'] as readonly (number | null)[];
  // 0 copies the batch; a tfjs target has one unknown dimension at most.
  const shape = layer.ints(0, ...target.map((dim) => dim ?? -1));
  return { value: layer.op('Reshape', [input.value, shape]), dtype: input.dtype };
};

/** Rules of this family. */
export const coreRules: LayerRules = {
  Dense: dense,
  Activation: activation,
  Flatten: flatten,
  Reshape: reshape,
  Dropout: identity,
  SpatialDropout1D: identity,
  GaussianNoise: identity,
  GaussianDropout: identity,
  AlphaDropout: identity,
};
