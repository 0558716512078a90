// Shape and type inference of TemplateOp: the output is like the input.

import type { Infer } from '../../../src/schema/index.ts';
import type { TemplateOpSchema } from './schema.ts';

/** The output has the element type and shape of the input. */
export const infer: Infer<TemplateOpSchema> = ({ x }) => ({ y: x });
