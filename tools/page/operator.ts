// SharMiX with the forms a page runs, kernel and shader: the function body and the gradient would be half its code.

import { defineOp, missing, type OpDefinition } from '../../src/schema/index.ts';
import { infer } from '../../ops/sharmix/infer.ts';
import { kernel } from '../../ops/sharmix/kernel.ts';
import { schema } from '../../ops/sharmix/schema.ts';
import { shader } from '../../ops/sharmix/shader.ts';

/** The operator without its function body and gradient. */
export const sharmix: OpDefinition = defineOp({
  ...schema,
  infer,
  kernel,
  shader,
  body: missing('the model carries it'),
  grad: missing('a page does not train'),
});
