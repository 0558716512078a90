// Schema of com.example@1::TemplateOp: inputs, outputs, attributes and types.

import { defineSchema, float } from '../../../src/schema/index.ts';

/** Schema of TemplateOp: `y = a x / (1 + a |x|)`, element by element, with `a` the sharpness. */
export const schema = defineSchema({
  type: 'TemplateOp',
  domain: 'com.example',
  version: 1,
  inputs: { x: 'T' },
  outputs: { y: 'T' },
  attributes: {
    sharpness: float(1, { text: 'must be finite and > 0', holds: (a) => a > 0 && a < Infinity }),
  },
  types: { T: ['float32', 'float64', 'float16'] },
});

/** The schema's type, for the forms. */
export type TemplateOpSchema = typeof schema;
