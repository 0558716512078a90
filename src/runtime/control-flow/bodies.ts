// Function bodies of operators for custom nodes inside control flow, where the model brings none: one function for each signature,
// and the nodes written anew so that they call it, with all attributes.

import type { DType } from '../../core/dtype.ts';
import { messageOf, SharmixError } from '../../core/errors.ts';
import { attributeFromProto, attributeToProto, nodeAttribute } from '../../onnx/attributes.ts';
import { canonicalDomain, readNode, type NodeBytes } from '../../onnx/bytes-graph.ts';
import type { FunctionBytes, ModelBytes } from '../../onnx/bytes-model.ts';
import { fieldsOf, MessageBytes } from '../../onnx/bytes.ts';
import { functionOf } from '../../onnx/function-body.ts';
import { onnx } from '../../onnx/proto.ts';
import { signatureName, signatureOf } from '../../onnx/signature.ts';
import { dtypeOfType, typeText, type ValueType } from '../../onnx/value-types.ts';
import { functionIrVersion } from '../../onnx/versions.ts';
import { resolveAttributes, type AttributeValue } from '../../schema/attributes.ts';
import { isMissing } from '../../schema/forms.ts';
import type { OpDefinition } from '../../schema/op.ts';
import { portsOf } from '../../schema/types.ts';
import { decodePart } from '../../onnx/decode.ts';

/** A custom node inside control flow, its operator, and the types around it. */
export interface InnerCall {
  readonly node: NodeBytes;
  readonly op: OpDefinition;
  readonly types: ReadonlyMap<string, ValueType>;
}

/** Why onnxruntime cannot run a node with a body. */
class NoBody extends Error {}

const nodeField = { type: 4, attribute: 5 } as const;
const graphFields: ReadonlySet<number> = new Set([6, 11]);
const nodeOfGraph = 1;

/** A message with some of its fields written anew. */
const withFields = (
  bytes: Uint8Array,
  where: string,
  change: (number: number, payload: Uint8Array) => Uint8Array | MessageBytes | undefined,
): MessageBytes => {
  const message = new MessageBytes();
  for (const { number, whole, payload } of fieldsOf(bytes, where)) {
    const changed = change(number, payload);
    if (changed === undefined) message.fields([whole]);
    else message.field(number, changed);
  }
  return message;
};

/** A node with nodes of its subgraphs written anew, by where they begin in the model's bytes. */
const withInner = (
  bytes: Uint8Array,
  changed: ReadonlyMap<number, Uint8Array>,
  where: string,
): MessageBytes =>
  withFields(bytes, where, (number, attribute) =>
    number !== nodeField.attribute
      ? undefined
      : withFields(attribute, where, (part, graph) =>
          !graphFields.has(part)
            ? undefined
            : withFields(graph, where, (field, node) =>
                field === nodeOfGraph
                  ? (changed.get(node.byteOffset) ?? withInner(node, changed, where))
                  : undefined,
              ),
        ),
  );

/** Element types of an operator's type variables at a node. */
const boundTypes = ({ node, op, types }: InnerCall): Record<string, DType> => {
  const bound: Record<string, DType> = {};
  const ports = portsOf(op.schema.inputs);
  node.inputs.forEach((name, at) => {
    const port = ports[at];
    if (name === '' || port === undefined) return;
    const type = types.get(name);
    const dtype = dtypeOfType(type);
    if (dtype === undefined) {
      throw new NoBody(
        `the type of ${JSON.stringify(name)}, which its body depends on, is ${type === undefined ? 'not declared' : typeText(type)}`,
      );
    }
    if (Object.hasOwn(op.schema.types, port.type)) bound[port.type] ??= dtype;
  });
  return bound;
};

/** Writes the functions of one model. */
export class BodyWriter {
  readonly functions: FunctionBytes[] = [];
  readonly #model: ModelBytes;
  readonly #where: string;
  readonly #names = new Map<string, string>();

  constructor(model: ModelBytes, where: string) {
    this.#model = model;
    this.#where = where;
  }

  /** The control-flow node with its custom nodes calling functions, which are added; or why one of them has no body here. */
  rewrite(node: NodeBytes, calls: readonly InnerCall[]): NodeBytes | string {
    const changed = new Map<number, Uint8Array>();
    for (const call of calls) {
      try {
        changed.set(call.node.bytes.byteOffset, this.#call(call));
      } catch (error) {
        if (!(error instanceof NoBody) && !(error instanceof SharmixError)) throw error;
        return `${call.op.label}: ${messageOf(error)}`;
      }
    }
    return readNode(withInner(node.bytes, changed, this.#where).finish(), this.#where);
  }

  #call(call: InnerCall): Uint8Array {
    const { node, op } = call;
    if (isMissing(op.body)) throw new NoBody(`it has no function body (${op.body.missing})`);
    if (this.#model.irVersion < functionIrVersion) {
      throw new NoBody(`a model of IR version ${this.#model.irVersion} cannot have functions`);
    }
    if (!this.#model.opsets.has(op.schema.domain)) {
      throw new NoBody('the model does not import its domain');
    }
    const given: Record<string, AttributeValue> = {};
    for (const attribute of decodePart(onnx.NodeProto, node.bytes, `node "${node.name}"`)
      .attribute) {
      given[attribute.name ?? ''] = attributeFromProto(attribute);
    }
    const attributes = resolveAttributes(op.label, op.schema.attributes, given);
    const present = portsOf(op.schema.inputs)
      .filter((_, at) => (node.inputs[at] ?? '') !== '')
      .map(({ name }) => name);
    const signature = signatureOf(op, boundTypes(call), present, given);
    const name = this.#function(op, signature);
    const message = new MessageBytes();
    for (const { number, whole } of fieldsOf(node.bytes, this.#where)) {
      if (number !== nodeField.type && number !== nodeField.attribute) message.fields([whole]);
    }
    message.text(nodeField.type, name);
    for (const [key, value] of Object.entries(attributes)) {
      const proto = attributeToProto(key, nodeAttribute(op.schema.attributes[key]!, value));
      message.field(nodeField.attribute, onnx.AttributeProto.encode(proto).finish());
    }
    return message.finish();
  }

  #function(op: OpDefinition, signature: ReturnType<typeof signatureOf>): string {
    const name = signatureName(op, signature);
    const { domain } = op.schema;
    const key = `${domain}::${name}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const isThere = this.#model.functions.some((f) => f.domain === domain && f.type === name);
    if (!isThere) {
      const opset = this.#model.opsets.get('') ?? 0;
      const bytes = onnx.FunctionProto.encode(functionOf(op, signature, opset, name)).finish();
      const nodes = fieldsOf(bytes, this.#where)
        .filter((field) => field.number === 7)
        .map(({ payload }) => readNode(payload, this.#where));
      this.functions.push({ domain: canonicalDomain(domain), type: name, nodes, bytes });
    }
    this.#names.set(key, name);
    return name;
  }
}
