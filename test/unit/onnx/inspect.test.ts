// inspectModel: a model's summary as plain data.

import { expect, it } from 'vitest';
import { inspectModel, ModelBuilder } from '../../../src/onnx/index.ts';
import { tensor } from '../../../src/schema/index.ts';
import { scale } from './scale-op.ts';

it('inspectModel tells versions, inputs, outputs, operators, functions, parameters and metadata', () => {
  const model = new ModelBuilder({ producerName: 'maker', producerVersion: '1.2', graphName: 'g' });
  const x = model.input('x', 'float32', ['N', null, 3]);
  const w = model.initializer('w', tensor('float32', new Float32Array(6), [2, 3]));
  const product = model.op('Mul', [x, w]);
  model.valueInfo(product, 'float32', undefined);
  const { y } = model.customOp(scale, { x: product });
  model.output(y!, 'y', 'float32', undefined);
  model.metadata('seed', '7');
  expect(inspectModel(model.build())).toEqual({
    irVersion: 8,
    opsets: { 'ai.onnx': 17, 'com.example': 1 },
    producer: 'maker 1.2',
    graphName: 'g',
    inputs: [{ name: 'x', dtype: 'float32', dims: ['N', null, 3] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: undefined }],
    operators: { Mul: 1, 'com.example::Scale': 1, Identity: 1 },
    functions: { 'com.example::Scale': 4 },
    parameters: 6,
    metadata: { seed: '7' },
  });
});
