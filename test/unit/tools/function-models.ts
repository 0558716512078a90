// Models with functions for the tests of the inliner and the tools, written as messages: nested calls, subgraphs, overloads, defaults.

import { fieldsOf, MessageBytes } from '../../../src/onnx/bytes.ts';
import { onnx, type OnnxTypes, valueInfoProto } from '../../../src/onnx/index.ts';

const { AttributeType } = onnx.AttributeProto;

/** A node of the standard domain, or of `domain`. */
export const node = (
  opType: string,
  input: string[],
  output: string[],
  more: OnnxTypes.INodeProto = {},
): OnnxTypes.INodeProto => ({ opType, input, output, ...more });

/** A float attribute. */
export const floatAttribute = (name: string, f: number): OnnxTypes.IAttributeProto => ({
  name,
  type: AttributeType.FLOAT,
  f,
});

/** An attribute that refers to the function's. */
export const reference = (
  name: string,
  refAttrName: string,
  type: OnnxTypes.AttributeProto.AttributeType = AttributeType.FLOAT,
): OnnxTypes.IAttributeProto => ({ name, type, refAttrName });

/** A subgraph attribute. */
export const graphAttribute = (
  name: string,
  g: OnnxTypes.IGraphProto,
): OnnxTypes.IAttributeProto => ({ name, type: AttributeType.GRAPH, g });

/** A float32 value info, of unknown shape where `dims` is left out. */
export const float32Info = (
  name: string,
  dims?: readonly (number | string | null)[],
): OnnxTypes.IValueInfoProto => valueInfoProto(name, 'float32', dims);

/** Encoded fields of newer versions of ONNX that the protobuf package does not know, appended to a function. */
export interface NewerFields {
  /** FunctionProto.attribute_proto: attributes with a default. */
  readonly defaults?: readonly OnnxTypes.IAttributeProto[];
  readonly overload?: string;
}

const functionBytes = (proto: OnnxTypes.IFunctionProto, newer: NewerFields): Uint8Array => {
  const message = new MessageBytes().fields([onnx.FunctionProto.encode(proto).finish()]);
  for (const attribute of newer.defaults ?? []) {
    message.field(11, onnx.AttributeProto.encode(attribute).finish());
  }
  if (newer.overload !== undefined) message.text(13, newer.overload);
  return message.finish();
};

const functionField = 25;

/** A function of domain `local`. */
export const functionProto = (
  name: string,
  input: string[],
  output: string[],
  nodes: OnnxTypes.INodeProto[],
  more: OnnxTypes.IFunctionProto = {},
): OnnxTypes.IFunctionProto => ({
  name,
  domain: 'local',
  input,
  output,
  node: nodes,
  opsetImport: [
    { domain: '', version: 17 },
    { domain: 'local', version: 1 },
  ],
  ...more,
});

/** A model of opset 17 with functions, `newer` by the function's position. */
export const functionModel = (
  graph: OnnxTypes.IGraphProto,
  functions: readonly OnnxTypes.IFunctionProto[],
  newer: Readonly<Record<number, NewerFields>> = {},
  irVersion = 8,
): Uint8Array<ArrayBuffer> => {
  const model = onnx.ModelProto.encode({
    irVersion,
    producerName: 'test',
    opsetImport: [
      { domain: '', version: 17 },
      { domain: 'local', version: 1 },
    ],
    graph: { name: 'main', ...graph },
  }).finish();
  const message = new MessageBytes().fields([model]);
  functions.forEach((proto, at) => {
    message.field(functionField, functionBytes(proto, newer[at] ?? {}));
  });
  return message.finish();
};

/** A model's bytes with a field appended to each of its graph's nodes that `pick` names. */
export const withNodeField = (
  bytes: Uint8Array,
  pick: (type: string) => boolean,
  number: number,
  text: string,
): Uint8Array<ArrayBuffer> => {
  const message = new MessageBytes();
  for (const field of fieldsOf(bytes, 'test')) {
    if (field.number !== 7) {
      message.fields([field.whole]);
      continue;
    }
    const graph = new MessageBytes();
    for (const part of fieldsOf(field.payload, 'test')) {
      const isPicked = part.number === 1 && pick(onnx.NodeProto.decode(part.payload).opType ?? '');
      if (isPicked) graph.field(1, new MessageBytes().fields([part.payload]).text(number, text));
      else graph.fields([part.whole]);
    }
    message.field(7, graph);
  }
  return message.finish();
};

/** y = scale * x, in a function. */
export const scaled: OnnxTypes.IFunctionProto = functionProto(
  'Scaled',
  ['x'],
  ['y'],
  [
    node('Constant', [], ['factor'], { attribute: [reference('value_float', 'scale')] }),
    node('Mul', ['x', 'factor'], ['y'], { name: 'mul' }),
  ],
  { attribute: ['scale'] },
);

/** A call of a function of domain `local`. */
export const call = (
  type: string,
  input: string[],
  output: string[],
  attribute: OnnxTypes.IAttributeProto[] = [],
  name?: string,
): OnnxTypes.INodeProto =>
  node(type, input, output, {
    domain: 'local',
    attribute,
    ...(name === undefined ? {} : { name }),
  });

/** A graph from x [3] to out [3]. */
export const graph = (
  nodes: OnnxTypes.INodeProto[],
  more: OnnxTypes.IGraphProto = {},
): OnnxTypes.IGraphProto => ({
  input: [float32Info('x', [3])],
  output: [float32Info('out', [3])],
  node: nodes,
  ...more,
});
