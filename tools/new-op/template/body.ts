// ONNX function body of TemplateOp: standard operators that compute the same, carried by the model for runtimes without the kernel.

import { onnxOfDType, type Body } from '../../../src/schema/index.ts';
import type { TemplateOpSchema } from './schema.ts';

/** `a x / (1 + |a x|)`; the attribute is float32 and is cast to the type of x. */
export const body: Body<TemplateOpSchema> = {
  specialised: [],
  build: (graph, { x }, { types }) => {
    const a = graph.op('Cast', [graph.attribute('sharpness')], {
      to: { int: onnxOfDType(types.T) },
    });
    const scaled = graph.op('Mul', [x, a]);
    const below = graph.op('Add', [graph.op('Abs', [scaled]), graph.scalar(types.T, 1)]);
    return { y: graph.op('Div', [scaled, below]) };
  },
};
