// A small operator for the tests of the builder: y = a x (+ c), an attribute reference, a specialised attribute, optional inputs.

import {
  defineOp,
  enumeration,
  float,
  missing,
  onnxOfDType,
  type OpDefinition,
} from '../../../src/schema/index.ts';

/** com.example@1::Scale */
export const scale: OpDefinition = defineOp({
  type: 'Scale',
  domain: 'com.example',
  version: 1,
  inputs: { x: 'T', b: 'T?', c: 'T?' },
  outputs: { y: 'T' },
  attributes: { factor: float(2), mode: enumeration('plain', 'negated') },
  types: { T: ['float32', 'float64'] },
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x }) => ({ y: x }),
  shader: missing('not tested'),
  grad: missing('not tested'),
  body: {
    specialised: ['mode'],
    build: (graph, { x, c }, { types, attributes }) => {
      const factor = graph.op('Cast', [graph.attribute('factor')], {
        to: { int: onnxOfDType(types.T) },
      });
      const product = graph.op('Mul', [x, factor]);
      const sum = c === undefined ? product : graph.op('Add', [product, c]);
      return { y: attributes.mode === 'negated' ? graph.op('Neg', [sum]) : sum };
    },
  },
});

/** The same schema without a body. */
export const bodiless: OpDefinition = { ...scale, body: missing('tested without') };
