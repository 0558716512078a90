// Values that cross from one step to another though JavaScript cannot hold their type: small number types travel cast to a wider
// one, the casts being part of the segments on both sides; others can leave no segment.

import type { DType } from '../core/dtype.ts';
import { readNode, type NodeBytes } from '../onnx/bytes-graph.ts';
import { onnx } from '../onnx/proto.ts';
import { dtypeOfType, elementName, type ValueType } from '../onnx/value-types.ts';
import { onnxOfDType } from '../core/dtype.ts';

/** Types that hold every value of another type: bfloat16, float8 in four variants, uint4, int4. */
const carriers: Readonly<Record<number, DType>> = {
  16: 'float32',
  17: 'float32',
  18: 'float32',
  19: 'float32',
  20: 'float32',
  21: 'uint8',
  22: 'int8',
};

/** How a value crosses a cut. */
export type Crossing = 'itself' | 'cast' | 'never';

/** How a value of a type crosses a cut; a type that is not known may cross: onnxruntime tells it. */
export const crossingOf = (type: ValueType | undefined): Crossing => {
  if (type === undefined || dtypeOfType(type) !== undefined) return 'itself';
  return type.kind === 'tensor' && carriers[type.elem] !== undefined ? 'cast' : 'never';
};

/** The wider type that a value travels as. */
const carrierOf = ({ elem }: ValueType): DType => carriers[elem]!;

/** The name under which a value travels. */
export const carrierName = (name: string, { elem }: ValueType): string =>
  `${name}/${elementName(elem)}`;

const castNode = (from: string, to: string, elem: number): NodeBytes =>
  readNode(
    onnx.NodeProto.encode({
      opType: 'Cast',
      name: to,
      input: [from],
      output: [to],
      attribute: [{ name: 'to', type: onnx.AttributeProto.AttributeType.INT, i: elem }],
    }).finish(),
    'a cast between segments',
  );

/** The node that writes the travelling value. */
export const castOut = (name: string, type: ValueType): NodeBytes =>
  castNode(name, carrierName(name, type), onnxOfDType(carrierOf(type)));

/** The node that makes the value again. */
export const castIn = (name: string, type: ValueType): NodeBytes =>
  castNode(carrierName(name, type), name, type.elem);
