// TemplateOp: the operator's schema and forms put together.

import { defineOp, type OpDefinition } from '../../../src/schema/index.ts';
import { body } from './body.ts';
import { grad } from './grad.ts';
import { infer } from './infer.ts';
import { kernel } from './kernel.ts';
import { schema } from './schema.ts';
import { shader } from './shader.ts';

/** com.example@1::TemplateOp. A form that is not worth having is `missing('why')`. */
export const templateOp: OpDefinition = defineOp({
  ...schema,
  package: 'template-package',
  infer,
  kernel,
  shader,
  body,
  grad,
});
