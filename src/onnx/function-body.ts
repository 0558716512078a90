// An operator's function body as a FunctionProto: for one signature, and for the opset of the model it goes into.

import { SchemaError } from '../core/errors.ts';
import type { AttributeKind } from '../schema/attributes.ts';
import type { BodyValue } from '../schema/body.ts';
import type { OpDefinition } from '../schema/op.ts';
import { portsOf } from '../schema/types.ts';
import { attributeReference } from './attributes.ts';
import { GraphScope } from './graph-scope.ts';
import { Names } from './names.ts';
import { onnx, type OnnxTypes } from './proto.ts';
import { bodyOf, type OpSignature } from './signature.ts';
import { lowestIrVersion } from './versions.ts';

/** The field of a Constant node that holds an attribute of each kind. */
const constantField: Readonly<Partial<Record<AttributeKind, string>>> = {
  int: 'value_int',
  float: 'value_float',
  string: 'value_string',
  ints: 'value_ints',
  floats: 'value_floats',
  strings: 'value_strings',
  tensor: 'value',
};

/** The function inputs: as many as the last one present needs, so that a node's inputs keep their positions. */
const formalInputs = (op: OpDefinition, signature: OpSignature): readonly string[] => {
  const ports = portsOf(op.schema.inputs);
  const variadic = ports.find((port) => port.variadic);
  if (variadic !== undefined) {
    throw new SchemaError({
      where: op.label,
      what: `input ${variadic.name}`,
      rule: 'is variadic: an ONNX function has a fixed number of inputs',
      hint: "declare the body as missing('variadic input')",
    });
  }
  const last = ports.findLastIndex(({ name }) => signature.present[name] === true);
  return ports.slice(0, last + 1).map(({ name }) => name);
};

/** The function of one signature of an operator.
 *
 * All attributes are references to the function's attributes, so every one must be written on the node: onnxruntime refuses
 * a reference without a value. Those the body is specialised for are listed too, or onnxruntime would refuse them on the node.
 *
 * @param opset - Opset of the standard operators: that of the model (onnxruntime and the checker refuse another).
 * @param name - The function's name, which is the op_type of its nodes.
 * @throws {SchemaError} The operator has no body, or a variadic input.
 * @throws {ModelError} An opset this package does not write. */
export const functionOf = (
  op: OpDefinition,
  signature: OpSignature,
  opset: number,
  name: string = op.schema.type,
): OnnxTypes.FunctionProto => {
  const body = bodyOf(op);
  lowestIrVersion(opset, true);
  const inputs = formalInputs(op, signature);
  const outputs = Object.keys(op.schema.outputs);
  const names = new Names();
  for (const input of inputs) names.take(input, op.label);
  for (const output of outputs) names.reserve(output);

  const references = new Map<string, BodyValue>();
  const scope: GraphScope = new GraphScope(opset, names, (attribute) => {
    const known = references.get(attribute);
    if (known !== undefined) return known;
    const spec = op.schema.attributes[attribute];
    const field = spec === undefined ? undefined : constantField[spec.kind];
    if (spec === undefined || field === undefined || body.specialised.includes(attribute)) {
      throw new SchemaError({
        where: op.label,
        what: `attribute ${attribute}`,
        rule: 'must be in the schema and not among those the body is specialised for',
      });
    }
    const made = scope.constantNode(attributeReference(field, spec.kind, attribute), attribute);
    references.set(attribute, made);
    return made;
  });

  const present = Object.fromEntries(
    Object.keys(op.schema.inputs).map((input) => [
      input,
      signature.present[input] === true ? { name: input } : undefined,
    ]),
  );
  const results = body.build(scope, present, signature);
  for (const output of outputs) {
    scope.op('Identity', [results[output]], {}, { name: output, outputs: [output] });
  }
  return onnx.FunctionProto.create({
    name,
    domain: op.schema.domain,
    input: [...inputs],
    output: outputs,
    attribute: Object.keys(op.schema.attributes),
    node: scope.nodes,
    opsetImport: [{ domain: '', version: opset }],
  });
};
