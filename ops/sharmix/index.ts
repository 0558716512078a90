// SharMiX: the operator's schema and forms put together.

import { defineOp, type OpDefinition } from '../../src/schema/index.ts';
import { body } from './body.ts';
import { grad } from './grad.ts';
import { infer } from './infer.ts';
import { kernel } from './kernel.ts';
import { schema } from './schema.ts';
import { shader } from './shader.ts';

/** ai.sharmix@1::SharMiX: the Sharma-Mittal generalisation of softmax, sparsemax and entmax along an axis. */
export const sharmix: OpDefinition = defineOp({
  ...schema,
  package: 'sharmix',
  infer,
  kernel,
  shader,
  body,
  grad,
});
