// Shape and type inference of SharMiX: probabilities are like the logits.

import type { Infer } from '../../src/schema/index.ts';
import type { SharmixSchema } from './schema.ts';

/** The output has the element type and shape of the logits. */
export const infer: Infer<SharmixSchema> = ({ logits }) => ({ probabilities: logits });
