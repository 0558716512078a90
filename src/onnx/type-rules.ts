// Element types of what a standard operator makes, from those of its inputs and its attributes. Only operators whose rule is sure
// are listed; of others nothing is known.

import type { NodeBytes } from './bytes-graph.ts';
import { fieldsOf, textOf } from './bytes.ts';
import { tensorType, type ValueType } from './value-types.ts';

type Types = readonly (ValueType | undefined)[];
/** An output is typed as an input (its index), or by a fixed type. */
type Source = number | ValueType;

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const all = (names: string, ...outputs: readonly Source[]): [string, readonly Source[]][] =>
  words(names).map((name) => [name, outputs]);

const bool = tensorType('bool');
const int64 = tensorType('int64');
const int32 = tensorType('int32');
const uint8 = tensorType('uint8');
const float32 = tensorType('float32');
const sequence: ValueType = { kind: 'sequence', elem: 0 };
const optional: ValueType = { kind: 'optional', elem: 0 };

/** Outputs by operator; a last source holds for all outputs that follow. */
const rules = new Map<string, readonly Source[]>([
  ...all(
    `Abs Acos Acosh Add AffineGrid Asin Asinh Atan Atanh AveragePool BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Ceil Celu
     CenterCropPad Clip Col2Im Compress Concat Conv ConvTranspose Cos Cosh CumProd CumSum DepthToSpace Det Div Einsum Elu Erf Exp
     Expand Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool GridSample
     GroupNormalization HardSigmoid HardSwish Hardmax Identity InstanceNormalization LRN LSTM LeakyRelu Log LogSoftmax LpNormalization
     LpPool MatMul Max MaxRoiPool Mean MeanVarianceNormalization Min Mish Mod Mul Neg PRelu Pad Pow RMSNormalization RNN Reciprocal
     ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape
     Resize ReverseSequence RoiAlign Round Scatter ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Slice Softmax Softplus
     Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tan Tanh TensorScatter ThresholdedRelu Tile Transpose Trilu Unsqueeze
     Upsample`,
    0,
  ),
  ...all('And Or Xor Not Equal Less LessOrEqual Greater GreaterOrEqual IsNaN IsInf', bool),
  ...all('Shape Size NonZero ArgMax ArgMin NonMaxSuppression SequenceLength', int64),
  ...all('MatMulInteger ConvInteger', int32),
  ...all('OptionalHasElement', bool),
  ...all('TopK MaxPool Unique', 0, int64),
  ...all('Where', 1),
  ...all('OneHot DequantizeLinear', 2),
  ...all('QLinearMatMul QLinearConv', 7),
  ...all('CastLike', 1),
  ...all('Range', 0),
  ...all('DynamicQuantizeLinear', uint8, float32, uint8),
  ...all(
    'SequenceConstruct SequenceEmpty SequenceInsert SequenceErase SplitToSequence SequenceMap',
    sequence,
  ),
  ...all('Optional', optional),
]);
rules.set('Dropout', [0, bool]);
rules.set('LayerNormalization', [0, float32]);
rules.set('BatchNormalization', [0, 3]);
rules.set('DequantizeLinear', [1]);

/** Rules of operators that keep an attribute's type, by its name and its default. */
const byAttribute: Readonly<Record<string, { readonly name: string; readonly none?: number }>> = {
  Cast: { name: 'to' },
  BitCast: { name: 'to' },
  EyeLike: { name: 'dtype' },
  RandomNormal: { name: 'dtype', none: 1 },
  RandomUniform: { name: 'dtype', none: 1 },
  RandomNormalLike: { name: 'dtype' },
  RandomUniformLike: { name: 'dtype' },
  Multinomial: { name: 'dtype', none: 6 },
  Bernoulli: { name: 'dtype' },
};
/** Operators whose attribute, where it is left out, leaves the type of the first input. */
const likeInput = new Set(words('EyeLike RandomNormalLike RandomUniformLike Bernoulli'));

/** An attribute's payload by name. */
export const attributeBytes = (node: NodeBytes, name: string): Uint8Array | undefined => {
  for (const { number, payload } of fieldsOf(node.bytes, node.name)) {
    if (number !== 5) continue;
    const own = fieldsOf(payload, node.name).findLast((f) => f.number === 1);
    if (own !== undefined && textOf(own.payload) === name) return payload;
  }
  return undefined;
};

/** An integer attribute; undefined where it is absent, or refers to a function's attribute. */
const attributeInt = (node: NodeBytes, name: string): number | undefined => {
  const bytes = attributeBytes(node, name);
  return bytes === undefined
    ? undefined
    : fieldsOf(bytes, node.name).findLast((f) => f.number === 3)?.varint;
};

/** Element type of a TensorProto. */
export const tensorElem = (bytes: Uint8Array): number =>
  fieldsOf(bytes, 'tensor').findLast((f) => f.number === 2)?.varint ?? 0;

const tensorAttribute = (node: NodeBytes, name: string): ValueType | undefined => {
  const bytes = attributeBytes(node, name);
  if (bytes === undefined) return undefined;
  const tensor = fieldsOf(bytes, node.name).findLast((f) => f.number === 5)?.payload;
  return tensor === undefined ? undefined : tensorType(tensorElem(tensor));
};

const constantKinds = [
  ['value_float', 'float32'],
  ['value_floats', 'float32'],
  ['value_int', 'int64'],
  ['value_ints', 'int64'],
  ['value_string', 'string'],
  ['value_strings', 'string'],
] as const;

const special = (node: NodeBytes, inputs: Types): ValueType | undefined => {
  const { type } = node;
  const rule = byAttribute[type];
  if (rule !== undefined) {
    const given = attributeInt(node, rule.name) ?? rule.none;
    if (given !== undefined) return tensorType(given);
    const isAbsent = attributeBytes(node, rule.name) === undefined;
    return likeInput.has(type) && isAbsent ? inputs[0] : undefined;
  }
  switch (type) {
    case 'Constant':
      for (const [name, dtype] of constantKinds) {
        if (attributeBytes(node, name) !== undefined) return tensorType(dtype);
      }
      return tensorAttribute(node, 'value');
    case 'ConstantOfShape':
      return attributeBytes(node, 'value') === undefined ? float32 : tensorAttribute(node, 'value');
    case 'QuantizeLinear': {
      const given = attributeInt(node, 'output_dtype') ?? 0;
      if (given !== 0) return tensorType(given);
      return node.inputs[2] === undefined || node.inputs[2] === '' ? uint8 : inputs[2];
    }
    default:
      return undefined;
  }
};

/** Types of the outputs of a standard operator; undefined where nothing is known. */
export const standardTypes = (node: NodeBytes, inputs: Types): Types => {
  const sources = rules.get(node.type);
  if (sources === undefined) {
    const only = special(node, inputs);
    return node.outputs.map((_, at) => (at === 0 ? only : undefined));
  }
  return node.outputs.map((_, at) => {
    const source = sources[Math.min(at, sources.length - 1)]!;
    return typeof source === 'number' ? inputs[source] : source;
  });
};
