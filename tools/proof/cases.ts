// Conformance cases as the ONNX project lays them out: a folder with `model.onnx` and folders `test_data_set_N` of TensorProtos.
// A case whose inputs or outputs JavaScript's onnxruntime cannot hold is read too, with the reason, worked out from its types.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dtypeOfOnnx } from '../../src/core/dtype.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { decodeModel, tensorFromProto } from '../../src/onnx/index.ts';
import { onnx, type OnnxTypes } from '../../src/onnx/proto.ts';

/** One set of inputs and the outputs that belong to them; an optional input that is left out is undefined. */
interface DataSet {
  readonly feeds: ReadonlyMap<string, Tensor>;
  readonly expected: ReadonlyMap<string, Tensor>;
}

/** A case. */
export interface ProofCase {
  readonly suite: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly model: OnnxTypes.ModelProto;
  readonly sets: readonly DataSet[];
  /** Why its values cannot be handed over in JavaScript; it is created then, but not run. */
  readonly unheld: string | undefined;
}

const typeName = (elemType: number): string =>
  onnx.TensorProto.DataType[elemType]?.toLowerCase() ?? `element type ${elemType}`;

/** Why a value cannot be held; undefined where it can. */
const unheldType = (type: OnnxTypes.ITypeProto | null | undefined): string | undefined => {
  if (type?.tensorType) {
    const elemType = type.tensorType.elemType ?? 0;
    return dtypeOfOnnx(elemType) === undefined ? typeName(elemType) : undefined;
  }
  for (const [field, name] of [
    ['sequenceType', 'a sequence'],
    ['mapType', 'a map'],
    ['optionalType', 'an optional'],
    ['sparseTensorType', 'a sparse tensor'],
  ] as const) {
    if (type?.[field]) return name;
  }
  // An optional is unknown to the schema the model is decoded with: its type is then empty.
  return 'no tensor';
};

const nameOf = ({ name }: OnnxTypes.IValueInfoProto): string => name ?? '';

/** The first input or output that JavaScript cannot hold, and what it is. */
const unheldOf = ({ graph }: OnnxTypes.ModelProto): string | undefined => {
  const constants = new Set((graph?.initializer ?? []).map(({ name }) => name));
  for (const [kind, infos] of [
    ['input', graph?.input ?? []],
    ['output', graph?.output ?? []],
  ] as const) {
    for (const info of infos) {
      if (kind === 'input' && constants.has(info.name)) continue;
      const why = unheldType(info.type);
      if (why !== undefined) return `${kind} ${JSON.stringify(nameOf(info))} is ${why}`;
    }
  }
  return undefined;
};

const readValues = (
  folder: string,
  kind: 'input' | 'output',
  infos: readonly OnnxTypes.IValueInfoProto[],
): ReadonlyMap<string, Tensor> => {
  const values = new Map<string, Tensor>();
  for (const [at, info] of infos.entries()) {
    const path = join(folder, `${kind}_${at}.pb`);
    if (!existsSync(path)) continue;
    values.set(nameOf(info), tensorFromProto(onnx.TensorProto.decode(readFileSync(path))));
  }
  return values;
};

/** Reads one case. */
export const readCase = (suite: string, folder: string, name: string): ProofCase => {
  const here = join(folder, name);
  const bytes = new Uint8Array(readFileSync(join(here, 'model.onnx')));
  const model = decodeModel(bytes, name);
  const unheld = unheldOf(model);
  const sets = readdirSync(here)
    .filter((entry) => entry.startsWith('test_data_set_'))
    .toSorted();
  return {
    suite,
    name,
    bytes,
    model,
    unheld,
    sets:
      unheld === undefined
        ? sets.map((set) => ({
            feeds: readValues(join(here, set), 'input', model.graph?.input ?? []),
            expected: readValues(join(here, set), 'output', model.graph?.output ?? []),
          }))
        : [],
  };
};

/** Names of the cases of a suite, sorted. */
export const caseNames = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'model.onnx')))
    .toSorted();
