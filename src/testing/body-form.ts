// Runs an operator through its ONNX function body: a model of one node, in a session of whichever onnxruntime is handed in.

import type { InferenceSession } from 'onnxruntime-common';
import type { DType } from '../core/dtype.ts';
import type { Tensor } from '../core/tensor.ts';
import { ModelBuilder } from '../onnx/model-builder.ts';
import type { OrtModule } from '../runtime/ort-types.ts';
import { fromOrt, toOrt } from '../runtime/tensors.ts';
import type { AttributeValue } from '../schema/attributes.ts';
import type { OpDefinition } from '../schema/op.ts';
import { portsOf } from '../schema/types.ts';
import type { Outputs, Values } from './cases.ts';
import type { RunForm } from './conformance.ts';

const given = (inputs: Values): readonly (readonly [string, Tensor])[] =>
  Object.entries(inputs).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if ('dtype' in value) return [[name, value] as const];
    throw new TypeError(`input ${name} is variadic: an ONNX function has none`);
  });

/** Element type of each output: that of the type variable it shares with an input. */
const outputTypes = (op: OpDefinition, inputs: Values): readonly (readonly [string, DType])[] => {
  const types = new Map<string, DType>();
  for (const { name, type } of portsOf(op.schema.inputs)) {
    const value = given(inputs).find(([key]) => key === name)?.[1];
    if (value !== undefined) types.set(type, value.dtype);
  }
  return portsOf(op.schema.outputs).map(({ name, type }) => [
    name,
    types.get(type) ?? (type as DType),
  ]);
};

const modelOf = (
  op: OpDefinition,
  inputs: Values,
  attributes: Readonly<Record<string, AttributeValue>>,
  opset: number,
): Uint8Array => {
  const model = new ModelBuilder({ opset });
  const values = Object.fromEntries(
    given(inputs).map(([name, { dtype }]) => [name, model.input(name, dtype, undefined)]),
  );
  const outputs = model.customOp(op, values, attributes);
  for (const [name, dtype] of outputTypes(op, inputs)) {
    model.output(outputs[name]!, name, dtype, undefined);
  }
  return model.build();
};

/** A form that runs the body, one session for each signature and set of attributes.
 * @param opset - Opset of the models. */
export const bodyForm = (
  ort: OrtModule,
  options: InferenceSession.SessionOptions = {},
  opset = 17,
): RunForm => {
  const sessions = new Map<string, Promise<InferenceSession>>();
  return async (op, inputs, attributes): Promise<Outputs> => {
    const key = JSON.stringify([
      op.label,
      given(inputs).map(([name, { dtype }]) => [name, dtype]),
      attributes,
    ]);
    let session = sessions.get(key);
    if (session === undefined) {
      session = ort.InferenceSession.create(modelOf(op, inputs, attributes, opset), options);
      sessions.set(key, session);
    }
    const feeds = Object.fromEntries(
      given(inputs).map(([name, value]) => [name, toOrt(ort, value)]),
    );
    const results = await (await session).run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => [name, fromOrt(value, name)]),
    );
  };
};
