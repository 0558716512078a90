// Schema of ai.sharmix@1::SharMiX: inputs, attributes, types and the domain of its values.

import {
  defineSchema,
  enumeration,
  float,
  int,
  rangeError,
  labelOf,
  type AttributesOf,
  type InputsOf,
} from '../../src/schema/index.ts';

/** Schema of SharMiX: `argmax_p <p, logits>/temperature + H_{r,q}(p)/q` over the simplex, along `axis`.
 *
 * `q` absent is 1 (softmax), `r` absent is q (q-entmax). `coupling: entmax` computes q-entmax(logits / temperature). */
export const schema = defineSchema({
  type: 'SharMiX',
  domain: 'ai.sharmix',
  version: 1,
  inputs: { logits: 'T', q: 'T?', r: 'T?' },
  outputs: { probabilities: 'T' },
  attributes: {
    axis: int(-1),
    temperature: float(1, { text: 'must be finite and > 0', holds: (t) => t > 0 && t < Infinity }),
    coupling: enumeration('exact', 'entmax'),
  },
  types: { T: ['float32', 'float64', 'float16'] },
});

/** The schema's type, for the forms. */
export type SharmixSchema = typeof schema;
/** Inputs of a kernel. */
export type SharmixInputs = InputsOf<SharmixSchema>;
/** Attributes, defaults filled in. */
export type SharmixAttributes = AttributesOf<SharmixSchema>;
/** `exact`: the maximiser for q and r. `entmax`: q-entmax, r enters the loss alone. */
export type Coupling = SharmixAttributes['coupling'];

/** Largest q of the operator: beyond it the map has unbounded slopes. The float64 reference takes q to 4. */
export const maxQ = 2;
/** Largest r. */
export const maxR = 4;

const checkIndex = (what: 'q' | 'r', value: number, max: number, where: string): void => {
  if (value >= 1 && value <= max) return;
  throw rangeError({ where, what, rule: `must be in [1, ${max}]`, actual: String(value) });
};

/** Throws where an index is outside its range. NaN is outside.
 * @throws {RangeError} Naming the index, its range and its value. */
export const checkIndices = (q: number, r: number, where: string = labelOf(schema)): void => {
  checkIndex('q', q, maxQ, where);
  checkIndex('r', r, maxR, where);
};
