// Tensors to and from TensorProto: raw_data (little-endian) when writing, raw_data or the typed fields when reading.

import { createData, dtypeOfOnnx, onnxOfDType, sizeBytesOf, type DType } from '../core/dtype.ts';
import { DTypeError, ModelError } from '../core/errors.ts';
import { formatShape, sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { bigintOf, numberOf } from './integers.ts';
import { onnx, type OnnxTypes } from './proto.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reverses the bytes of every element, in place: for machines that are big-endian. */
const toLittleEndian = (bytes: Uint8Array, sizeBytes: number): Uint8Array => {
  if (littleEndian || sizeBytes === 1) return bytes;
  for (let at = 0; at < bytes.length; at += sizeBytes) bytes.subarray(at, at + sizeBytes).reverse();
  return bytes;
};

/** The TensorProto of a tensor: numbers as raw_data, strings as UTF-8 string_data. Data is copied. */
export const tensorToProto = (tensor: Tensor, name = ''): OnnxTypes.TensorProto => {
  const proto = onnx.TensorProto.create({
    dims: [...tensor.dims],
    dataType: onnxOfDType(tensor.dtype),
    ...(name === '' ? {} : { name }),
  });
  if (tensor.dtype === 'string') {
    proto.stringData = tensor.data.map((text) => encoder.encode(text));
    return proto;
  }
  const { buffer, byteOffset, byteLength } = tensor.data;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
  proto.rawData = toLittleEndian(bytes, sizeBytesOf(tensor.dtype));
  return proto;
};

/** The typed field of TensorProto that holds an element type when raw_data does not. */
const typedField = (proto: OnnxTypes.ITensorProto, dtype: DType): readonly unknown[] => {
  switch (dtype) {
    case 'float32':
      return proto.floatData ?? [];
    case 'float64':
      return proto.doubleData ?? [];
    case 'int64':
      return proto.int64Data ?? [];
    case 'uint32':
    case 'uint64':
      return proto.uint64Data ?? [];
    case 'string':
      return proto.stringData ?? [];
    default:
      return proto.int32Data ?? [];
  }
};

const textOf = (bytes: Uint8Array, where: string): string => {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ModelError({ where, what: 'string_data', rule: 'must be UTF-8', cause });
  }
};

const fillFromField = (data: Tensor['data'], field: readonly unknown[], where: string): void => {
  for (const [i, value] of field.entries()) {
    if (value instanceof Uint8Array) data[i] = textOf(value, where);
    else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
      data[i] = bigintOf(value, where);
    } else data[i] = typeof value === 'number' ? value : numberOf(value, where);
  }
};

const dtypeOf = (proto: OnnxTypes.ITensorProto, where: string): DType => {
  const dtype = dtypeOfOnnx(proto.dataType ?? 0);
  if (dtype !== undefined) return dtype;
  throw new DTypeError({
    where,
    what: 'the element type',
    rule: 'must be one that JavaScript holds',
    actual: onnx.TensorProto.DataType[proto.dataType ?? 0] ?? `number ${proto.dataType ?? 0}`,
    hint: 'cast it to float32 or an integer type in the model',
  });
};

/** The tensor of a TensorProto, its data copied.
 * @throws {DTypeError} An element type JavaScript has no array for (bfloat16, complex, int4, ...).
 * @throws {ModelError} External data, wrong number of elements, strings that are no UTF-8. */
export const tensorFromProto = (proto: OnnxTypes.ITensorProto): Tensor => {
  const where = `tensor ${proto.name ?? ''}`.trim();
  const dtype = dtypeOf(proto, where);
  if (proto.dataLocation === onnx.TensorProto.DataLocation.EXTERNAL) {
    throw new ModelError({
      where,
      what: 'its data',
      rule: 'must be inside the model, not in an external file',
      hint: "save the model in one file: onnx.save(onnx.load('model.onnx'), 'one.onnx')",
    });
  }
  const dims = (proto.dims ?? []).map((dim) => numberOf(dim, where));
  const size = sizeOf(dims);
  const data = createData(dtype, size);
  const raw = proto.rawData;
  const field = typedField(proto, dtype);
  const useRaw = raw !== null && raw !== undefined && (raw.length > 0 || field.length === 0);
  const length = useRaw && dtype !== 'string' ? raw.length / sizeBytesOf(dtype) : field.length;
  if (length !== size) {
    throw new ModelError({
      where,
      what: `data of shape ${formatShape(dims)}`,
      rule: `must have ${size} elements`,
      actual: String(length),
    });
  }
  if (useRaw && !Array.isArray(data)) {
    new Uint8Array(data.buffer).set(raw);
    toLittleEndian(new Uint8Array(data.buffer), sizeBytesOf(dtype));
  } else fillFromField(data, field, where);
  return { dtype, dims, data } as Tensor;
};
