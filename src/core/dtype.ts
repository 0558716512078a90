// Element types: the ones JavaScript's onnxruntime holds, their typed arrays and their ONNX TensorProto numbers.

/** Typed array (or string array) that stores each element type. float16 is stored as its bits. */
export interface DTypeArrays {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
  string: string[];
}

/** Name of an element type, as in onnxruntime's `Tensor.type`. */
export type DType = keyof DTypeArrays;

/** Data of a tensor of element type `D`. */
export type DataOf<D extends DType> = DTypeArrays[D];

interface DTypeInfo {
  /** `TensorProto.DataType` of the ONNX standard. */
  readonly onnx: number;
  /** Bytes an element; 0 for strings. */
  readonly sizeBytes: number;
  readonly create: (size: number) => DTypeArrays[DType];
}

const info: Readonly<Record<DType, DTypeInfo>> = {
  float32: { onnx: 1, sizeBytes: 4, create: (n) => new Float32Array(n) },
  uint8: { onnx: 2, sizeBytes: 1, create: (n) => new Uint8Array(n) },
  int8: { onnx: 3, sizeBytes: 1, create: (n) => new Int8Array(n) },
  uint16: { onnx: 4, sizeBytes: 2, create: (n) => new Uint16Array(n) },
  int16: { onnx: 5, sizeBytes: 2, create: (n) => new Int16Array(n) },
  int32: { onnx: 6, sizeBytes: 4, create: (n) => new Int32Array(n) },
  int64: { onnx: 7, sizeBytes: 8, create: (n) => new BigInt64Array(n) },
  string: { onnx: 8, sizeBytes: 0, create: (n) => new Array<string>(n).fill('') },
  bool: { onnx: 9, sizeBytes: 1, create: (n) => new Uint8Array(n) },
  float16: { onnx: 10, sizeBytes: 2, create: (n) => new Uint16Array(n) },
  float64: { onnx: 11, sizeBytes: 8, create: (n) => new Float64Array(n) },
  uint32: { onnx: 12, sizeBytes: 4, create: (n) => new Uint32Array(n) },
  uint64: { onnx: 13, sizeBytes: 8, create: (n) => new BigUint64Array(n) },
};

const byOnnx = new Map<number, DType>(
  Object.entries(info).map(([name, { onnx }]) => [onnx, name as DType]),
);

/** Every element type, in the order of the ONNX enumeration. */
export const dtypes: readonly DType[] = [...byOnnx.values()];

const names: ReadonlySet<string> = new Set(Object.keys(info));

/** Whether `name` is an element type JavaScript's onnxruntime holds. */
export const isDType = (name: string): name is DType => names.has(name);

/** `TensorProto.DataType` number of an element type. */
export const onnxOfDType = (dtype: DType): number => info[dtype].onnx;

/** Element type of a `TensorProto.DataType` number; undefined for those JavaScript cannot hold (bfloat16, complex, int4, ...). */
export const dtypeOfOnnx = (onnx: number): DType | undefined => byOnnx.get(onnx);

/** Bytes an element takes; 0 for strings, which have no fixed size. */
export const sizeBytesOf = (dtype: DType): number => info[dtype].sizeBytes;

/** A zeroed array of `size` elements (empty strings for `string`). */
export const createData = <D extends DType>(dtype: D, size: number): DataOf<D> =>
  info[dtype].create(size) as DataOf<D>;
