// The tfjs layer SharMiX as a node of the operator, its indices as initialisers.

import type { LayerRule } from '../../src/export/index.ts';
import { sharmix } from './index.ts';

/** `ai.sharmix@1::SharMiX` with q and r as initialisers `layer/q`, `layer/r`. */
export const exportSharmix: LayerRule = (layer) => {
  const { axis, temperature, coupling } = layer.config;
  const { probabilities } = layer.customOp(
    sharmix,
    { logits: layer.float(), q: layer.weight('q'), r: layer.weight('r') },
    { axis, temperature, coupling },
  );
  return { value: probabilities! };
};
