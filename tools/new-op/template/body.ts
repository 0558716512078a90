// ONNX function body of TemplateOp: standard operators that compute the same, carried by the model for runtimes without the kernel.

import { onnxOfDType, type Body, type DType } from '../../../src/schema/index.ts';
import type { TemplateOpSchema } from './schema.ts';

/** `a x / (1 + |a x|)`. The attribute is float32; float16 is computed in float32, or each step would round it. */
export const body: Body<TemplateOpSchema> = {
  specialised: [],
  build: (graph, { x }, { types }) => {
    const inner = types.T === 'float16' ? 'float32' : types.T;
    const to = (dtype: DType) => ({ to: { int: onnxOfDType(dtype) } });
    const a = graph.op('Cast', [graph.attribute('sharpness')], to(inner));
    const scaled = graph.op('Mul', [graph.op('Cast', [x], to(inner)), a]);
    const below = graph.op('Add', [graph.op('Abs', [scaled]), graph.scalar(inner, 1)]);
    return { y: graph.op('Cast', [graph.op('Div', [scaled, below])], to(types.T)) };
  },
};
