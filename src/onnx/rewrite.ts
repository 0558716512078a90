// Nodes and graphs written anew under other names: values renamed by scope, references to a function's attributes replaced by the
// attributes, everything else carried over by its bytes.

import { MessageBytes, fieldsOf, textOf, type Field } from './bytes.ts';

/** Field numbers of the messages that are rewritten (onnx.proto). */
export const nodeFields = {
  input: 1,
  output: 2,
  name: 3,
  type: 4,
  attribute: 5,
  domain: 7,
  overload: 8,
} as const;
const attributeFields = { name: 1, graph: 6, graphs: 11, reference: 21 } as const;
const graphFields = {
  node: 1,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  annotation: 14,
  sparseInitializer: 15,
} as const;
const tensorName = 8;
const sparseValues = 1;

/** How names are rewritten in one graph or function body. */
export interface RewriteScope {
  /** The new name of a value that is read. */
  read(name: string): string;
  /** The new name of a value that this graph makes: defined before its nodes are rewritten. */
  define(name: string): void;
  /** The new name of a node that has one. */
  node(name: string): string;
  /** The symbolic dimension of this name in the new place. */
  dimension(name: string): string;
  /** A scope for a subgraph. */
  child(): RewriteScope;
  /** AttributeProto payload of the function's attribute, undefined where the call gives none; absent outside of functions. */
  readonly attribute?: (name: string) => Uint8Array | undefined;
  /** What takes the place of a rewritten node. */
  replace(node: Uint8Array): readonly Uint8Array[];
}

/** The text of a message's last field of a number; '' where it has none. */
export const fieldText = (fields: readonly Field[], number: number): string => {
  const field = fields.findLast((f) => f.number === number);
  return field === undefined ? '' : textOf(field.payload);
};

/** The texts of a message's repeated field. */
export const fieldTexts = (fields: readonly Field[], number: number): readonly string[] =>
  fields.filter((f) => f.number === number).map((f) => textOf(f.payload));

/** A message with its field `number` replaced by a text. */
const renamed = (
  bytes: Uint8Array,
  number: number,
  rename: (name: string) => string,
  where: string,
): Uint8Array => {
  const fields = fieldsOf(bytes, where);
  const name = fieldText(fields, number);
  const to = name === '' ? '' : rename(name);
  if (to === name) return bytes;
  return new MessageBytes()
    .fields(fields.filter((f) => f.number !== number).map((f) => f.whole))
    .text(number, to)
    .finish();
};

const sparseRenamed = (
  bytes: Uint8Array,
  rename: (name: string) => string,
  where: string,
): Uint8Array => {
  const message = new MessageBytes();
  for (const field of fieldsOf(bytes, where)) {
    if (field.number !== sparseValues) message.fields([field.whole]);
    else message.field(sparseValues, renamed(field.payload, tensorName, rename, where));
  }
  return message.finish();
};

/** The fields of ValueInfoProto, TypeProto and its parts that lead to dimensions, by message. */
const typeField = 2;
const typeParts: ReadonlySet<number> = new Set([1, 4, 5, 8, 9]);
const elementOf: Readonly<Record<number, number>> = { 4: 1, 5: 2, 9: 1 };

const typeRenamed = (bytes: Uint8Array, scope: RewriteScope, where: string): Uint8Array => {
  const message = new MessageBytes();
  for (const field of fieldsOf(bytes, where)) {
    if (!typeParts.has(field.number)) {
      message.fields([field.whole]);
      continue;
    }
    const inner = new MessageBytes();
    for (const part of fieldsOf(field.payload, where)) {
      // A sequence, map or optional holds a type; a tensor holds a shape (field 2).
      const element = elementOf[field.number];
      if (element === undefined && part.number === 2) {
        inner.field(2, shapeRenamed(part.payload, scope, where));
      } else if (part.number === element) {
        inner.field(element, typeRenamed(part.payload, scope, where));
      } else inner.fields([part.whole]);
    }
    message.field(field.number, inner);
  }
  return message.finish();
};

const shapeRenamed = (bytes: Uint8Array, scope: RewriteScope, where: string): MessageBytes => {
  const message = new MessageBytes();
  for (const field of fieldsOf(bytes, where)) {
    if (field.number !== 1) message.fields([field.whole]);
    else
      message.field(
        1,
        renamed(field.payload, 2, (name) => scope.dimension(name), where),
      );
  }
  return message;
};

/** A ValueInfoProto under its new name, its symbolic dimensions renamed too. */
export const rewriteInfo = (bytes: Uint8Array, scope: RewriteScope, where: string): Uint8Array => {
  const message = new MessageBytes();
  for (const field of fieldsOf(bytes, where)) {
    if (field.number === typeField)
      message.field(typeField, typeRenamed(field.payload, scope, where));
    else message.fields([field.whole]);
  }
  return renamed(message.finish(), 1, (name) => scope.read(name), where);
};

/** An AttributeProto in its new place; undefined where it refers to an attribute the call does not give. */
const rewriteAttribute = (
  bytes: Uint8Array,
  scope: RewriteScope,
  where: string,
): Uint8Array | undefined => {
  const fields = fieldsOf(bytes, where);
  const reference = fieldText(fields, attributeFields.reference);
  if (reference !== '' && scope.attribute !== undefined) {
    const given = scope.attribute(reference);
    if (given === undefined) return undefined;
    const rest = fieldsOf(given, where).filter((f) => f.number !== attributeFields.name);
    return new MessageBytes()
      .text(attributeFields.name, fieldText(fields, attributeFields.name))
      .fields(rest.map((f) => f.whole))
      .finish();
  }
  const { graph, graphs } = attributeFields;
  if (!fields.some((f) => f.number === graph || f.number === graphs)) return bytes;
  const message = new MessageBytes();
  for (const field of fields) {
    if (field.number !== graph && field.number !== graphs) message.fields([field.whole]);
    else message.field(field.number, rewriteGraph(field.payload, scope.child(), where));
  }
  return message.finish();
};

/** A NodeProto in its new place, before calls are replaced: its own outputs must be defined in the scope. */
const rewriteNode = (bytes: Uint8Array, scope: RewriteScope, where: string): Uint8Array => {
  const message = new MessageBytes();
  for (const field of fieldsOf(bytes, where)) {
    const { number, payload } = field;
    if (number === nodeFields.input || number === nodeFields.output) {
      const name = textOf(payload);
      message.text(number, name === '' ? '' : scope.read(name));
    } else if (number === nodeFields.name) {
      message.text(number, scope.node(textOf(payload)));
    } else if (number === nodeFields.attribute) {
      const attribute = rewriteAttribute(payload, scope, where);
      if (attribute !== undefined) message.field(number, attribute);
    } else message.fields([field.whole]);
  }
  return message.finish();
};

/** Names a graph makes itself: inputs, initialisers, outputs of its nodes. */
const ownNames = (fields: readonly Field[], where: string): readonly string[] => {
  const { node, initializer, input, sparseInitializer } = graphFields;
  return fields.flatMap(({ number, payload }) => {
    if (number === node) return fieldTexts(fieldsOf(payload, where), nodeFields.output);
    if (number === input) return [fieldText(fieldsOf(payload, where), 1)];
    if (number === initializer) return [fieldText(fieldsOf(payload, where), tensorName)];
    if (number !== sparseInitializer) return [];
    const values = fieldsOf(payload, where).find((f) => f.number === sparseValues);
    return values === undefined ? [] : [fieldText(fieldsOf(values.payload, where), tensorName)];
  });
};

/** The nodes of a list in their new places, calls replaced. */
export const rewriteNodes = (
  nodes: readonly Uint8Array[],
  scope: RewriteScope,
  where: string,
): readonly Uint8Array[] => nodes.flatMap((node) => scope.replace(rewriteNode(node, scope, where)));

/** A subgraph (GraphProto) in its new place. */
const rewriteGraph = (bytes: Uint8Array, scope: RewriteScope, where: string): Uint8Array => {
  const fields = fieldsOf(bytes, where);
  for (const name of ownNames(fields, where)) if (name !== '') scope.define(name);
  const { node, initializer, input, output, valueInfo, annotation, sparseInitializer } =
    graphFields;
  const read = (name: string): string => scope.read(name);
  const message = new MessageBytes();
  for (const field of fields) {
    const { number, payload } = field;
    if (number === node) {
      for (const one of rewriteNodes([payload], scope, where)) message.field(node, one);
    } else if (number === initializer) {
      message.field(number, renamed(payload, tensorName, read, where));
    } else if (number === sparseInitializer) {
      message.field(number, sparseRenamed(payload, read, where));
    } else if (number === annotation) {
      message.field(number, renamed(payload, 1, read, where));
    } else if (number === input || number === output || number === valueInfo) {
      message.field(number, rewriteInfo(payload, scope, where));
    } else message.fields([field.whole]);
  }
  return message.finish();
};

/** Names in use: of values and of nodes, which are told apart. */
export interface UsedNames {
  readonly values: Set<string>;
  readonly nodes: Set<string>;
}

/** Adds every name a list of nodes uses, at any depth. */
export const addNames = (nodes: readonly Uint8Array[], where: string, names: UsedNames): void => {
  for (const node of nodes) {
    for (const { number, payload } of fieldsOf(node, where)) {
      if (number === nodeFields.name) names.nodes.add(textOf(payload));
      else if (number < nodeFields.name) names.values.add(textOf(payload));
      if (number !== nodeFields.attribute) continue;
      for (const part of fieldsOf(payload, where)) {
        const { graph, graphs } = attributeFields;
        if (part.number !== graph && part.number !== graphs) continue;
        const fields = fieldsOf(part.payload, where);
        for (const name of ownNames(fields, where)) names.values.add(name);
        const inner = fields.filter((f) => f.number === graphFields.node).map((f) => f.payload);
        addNames(inner, where, names);
      }
    }
  }
};
