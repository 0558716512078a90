// The part of checkModel about types: inputs without one, values declared with two, initialisers whose shape and data disagree.

import { dtypeOfOnnx, sizeBytesOf } from '../core/dtype.ts';
import type { Finding } from './finding.ts';
import { numberOf } from './integers.ts';
import { onnx, type OnnxTypes } from './proto.ts';

const { DataType, DataLocation } = onnx.TensorProto;

/** Bits of the element types that JavaScript has no array for, by their numbers: onnx.proto, TensorProto.DataType. */
const otherBits: Readonly<Record<number, number>> = {
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
  24: 8,
};

const typeName = (type: number): string => dtypeOfOnnx(type) ?? DataType[type] ?? `type ${type}`;

/** Graph inputs without a type, and values declared with different element types. */
export const typeFindings = (model: OnnxTypes.ModelProto): readonly Finding[] => {
  const findings: Finding[] = [];
  const { input = [], output = [], valueInfo = [], initializer = [] } = model.graph ?? {};
  const initialised = new Set((initializer ?? []).map(({ name }) => name));
  for (const { name, type } of input ?? []) {
    const isTyped = type !== null && type !== undefined && Object.keys(type).length > 0;
    if (isTyped || initialised.has(name)) continue;
    findings.push({
      code: 'type',
      severity: 'error',
      where: `graph input ${name ?? ''}`,
      message: 'has no type',
      fix: 'declare its element type',
    });
  }
  const known = new Map<string, { readonly type: number; readonly where: string }>();
  const declare = (name: string, type: number, where: string): void => {
    const other = known.get(name);
    if (type === 0) return;
    if (other === undefined) known.set(name, { type, where });
    else if (other.type !== type) {
      findings.push({
        code: 'type',
        severity: 'error',
        where: `value ${JSON.stringify(name)}`,
        message: `is ${typeName(other.type)} as ${other.where} and ${typeName(type)} as ${where}`,
        fix: 'declare one element type',
      });
    }
  };
  for (const { name, dataType } of initializer ?? []) {
    declare(name ?? '', dataType ?? 0, 'initialiser');
  }
  for (const [where, list] of [
    ['graph input', input],
    ['graph output', output],
    ['value_info', valueInfo],
  ] as const) {
    for (const { name, type } of list ?? []) {
      declare(name ?? '', type?.tensorType?.elemType ?? 0, where);
    }
  }
  return findings;
};

/** Elements in the typed fields of a tensor, whichever is used. */
const fieldLength = (tensor: OnnxTypes.ITensorProto): number =>
  Math.max(
    0,
    ...[
      tensor.floatData,
      tensor.int32Data,
      tensor.int64Data,
      tensor.doubleData,
      tensor.uint64Data,
      tensor.stringData,
    ].map((field) => field?.length ?? 0),
  );

const sizeProblem = (tensor: OnnxTypes.ITensorProto): string | undefined => {
  const type = tensor.dataType ?? 0;
  if (type === 0) return 'has no element type';
  const dims = (tensor.dims ?? []).map((dim) => numberOf(dim, `initialiser ${tensor.name ?? ''}`));
  if (dims.some((dim) => dim < 0))
    return `has the shape [${dims.join(', ')}], with a negative dimension`;
  const size = dims.reduce((product, dim) => product * dim, 1);
  const dtype = dtypeOfOnnx(type);
  const bits = dtype === undefined || dtype === 'string' ? otherBits[type] : 8 * sizeBytesOf(dtype);
  const shape = `${typeName(type)} of shape [${dims.join(', ')}]`;
  const raw = tensor.rawData?.length ?? 0;
  const typed = fieldLength(tensor);
  if (tensor.dataLocation === DataLocation.EXTERNAL) {
    const entry = (tensor.externalData ?? []).find(({ key }) => key === 'length');
    if (entry === undefined || bits === undefined) return undefined;
    const expected = Math.ceil((size * bits) / 8);
    return Number(entry.value) === expected
      ? undefined
      : `is ${shape}, ${expected} bytes, but names ${entry.value ?? ''} bytes of external data`;
  }
  if (raw > 0 || typed === 0) {
    if (dtype === 'string')
      return size === 0 || raw === 0 ? undefined : 'holds strings as raw data';
    if (bits === undefined) return undefined;
    const expected = Math.ceil((size * bits) / 8);
    return raw === expected ? undefined : `is ${shape}, ${expected} bytes, but holds ${raw} bytes`;
  }
  // Complex numbers take two elements of a typed field, 4-bit integers share one.
  if (bits === undefined || bits === 4 || type === 14 || type === 15) return undefined;
  return typed === size ? undefined : `is ${shape}, ${size} elements, but holds ${typed}`;
};

/** Initialisers whose type, shape and data do not fit. */
export const tensorFindings = (model: OnnxTypes.ModelProto): readonly Finding[] =>
  (model.graph?.initializer ?? []).flatMap((tensor): Finding[] => {
    const message = sizeProblem(tensor);
    if (message === undefined) return [];
    return [
      {
        code: 'tensor',
        severity: 'error',
        where: `initialiser ${JSON.stringify(tensor.name ?? '')}`,
        message,
        fix: 'write the tensor again: the file is damaged, or was made by a faulty tool',
      },
    ];
  });
