// Embedding: rows of a table by token id, and the mask of the ids that are not 0.

import type { LayerRule, LayerRules } from '../rule.ts';

/** y = embeddings[ids]; with `maskZero` the mask is ids != 0. Ids of another element type are truncated to int32, as in tfjs. */
const embedding: LayerRule = (layer) => {
  const { input } = layer;
  const isInteger = input.dtype === 'int32' || input.dtype === 'int64';
  const table = layer.weight('embeddings');
  layer.indices(input, layer.weightTensor('embeddings').dims[0]!);
  const ids = isInteger ? input.value : layer.cast(input.value, 'int32');
  const value = layer.op('Gather', [table, ids], { axis: { int: 0 } });
  if (layer.config['maskZero'] !== true) return { value, mask: null };
  const isZero = layer.op('Equal', [input.value, layer.scalar(input.dtype, 0)]);
  return { value, mask: layer.op('Not', [isZero]) };
};

/** Rules of this family. */
export const embeddingRules: LayerRules = { Embedding: embedding };
