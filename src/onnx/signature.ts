// Signatures of function bodies: from a node's element types, inputs and attributes to the function's name in a model.

import type { DType } from '../core/dtype.ts';
import { DTypeError, SchemaError } from '../core/errors.ts';
import { resolveAttributes, type AttributeValue } from '../schema/attributes.ts';
import { isMissing, type Body, type Signature } from '../schema/forms.ts';
import type { OpDefinition } from '../schema/op.ts';
import { portsOf, type OpSchema } from '../schema/types.ts';

/** A signature whose schema is not known to the compiler. */
export type OpSignature = Signature<OpSchema>;

/** The body of an operator.
 * @throws {SchemaError} It has none. */
export const bodyOf = (op: OpDefinition): Body<OpSchema> => {
  const { body } = op;
  if (!isMissing(body)) return body;
  throw new SchemaError({
    where: op.label,
    what: 'function body',
    rule: 'is needed for a model that stock onnxruntime can run',
    actual: `missing: ${body.missing}`,
  });
};

const checkTypes = (op: OpDefinition, types: OpSignature['types']): void => {
  for (const [variable, allowed] of Object.entries(op.schema.types)) {
    const dtype: DType | undefined = types[variable];
    if (dtype !== undefined && allowed.includes(dtype)) continue;
    throw new DTypeError({
      where: op.label,
      what: `type ${variable}`,
      rule: `must be ${allowed.join(' | ')}`,
      actual: dtype ?? 'none',
    });
  }
};

/** The signature of a node.
 * @param types - Element type of each type variable.
 * @param present - Names of the inputs the node has.
 * @param attributes - The node's attributes; those left out take their defaults.
 * @throws {DTypeError | SchemaError} A type, input or attribute is not the schema's, or the operator has no body. */
export const signatureOf = (
  op: OpDefinition,
  types: OpSignature['types'],
  present: readonly string[],
  attributes: Readonly<Record<string, unknown>> = {},
): OpSignature => {
  checkTypes(op, types);
  const ports = portsOf(op.schema.inputs);
  for (const name of present) {
    if (ports.some((port) => port.name === name)) continue;
    throw new SchemaError({
      where: op.label,
      what: `input ${name}`,
      rule: `is not in the schema, which has ${ports.map((port) => port.name).join(', ')}`,
    });
  }
  for (const port of ports) {
    if (port.optional || port.variadic || present.includes(port.name)) continue;
    throw new SchemaError({ where: op.label, what: `input ${port.name}`, rule: 'is required' });
  }
  const resolved = resolveAttributes(op.label, op.schema.attributes, attributes);
  const specialised: Record<string, AttributeValue> = {};
  for (const name of bodyOf(op).specialised) specialised[name] = resolved[name]!;
  return {
    types: Object.fromEntries(Object.keys(op.schema.types).map((key) => [key, types[key]!])),
    present: Object.fromEntries(ports.map(({ name }) => [name, present.includes(name)])),
    attributes: specialised,
  };
};

/** The op_type that tells a further signature of one model apart: `SharMiX__float64_q_entmax`. */
export const signatureName = (op: OpDefinition, signature: OpSignature): string => {
  const optional = portsOf(op.schema.inputs)
    .filter((port) => port.optional && signature.present[port.name] === true)
    .map((port) => port.name);
  const parts = [
    ...Object.values(signature.types),
    ...optional,
    ...Object.values(signature.attributes).map(String),
  ];
  return `${op.schema.type}__${parts.map((part) => part.replaceAll(/\W/g, '_')).join('_')}`;
};
