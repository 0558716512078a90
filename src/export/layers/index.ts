// The exporters of tfjs's own layers and of the library's, by class name. One file a family.

import type { LayerRules } from '../rule.ts';
import { coreRules } from './core.ts';
import { embeddingRules } from './embedding.ts';
import { poolingRules } from './pooling.ts';
import { softmaxRules } from './softmax.ts';

/** All of them. */
export const builtinRules: LayerRules = {
  ...coreRules,
  ...embeddingRules,
  ...poolingRules,
  ...softmaxRules,
};
