// sharmix/schema: what an operator is written with. Element types, tensors, shapes, errors, attributes, defineOp, registry.

export * from '../core/dtype.ts';
export * from '../core/errors.ts';
export * from '../core/float16.ts';
export * from '../core/shape.ts';
export * from '../core/tensor.ts';
export * from './attributes.ts';
export * from './body.ts';
export * from './forms.ts';
export * from './op.ts';
export * from './registry.ts';
export * from './shader.ts';
export * from './types.ts';
