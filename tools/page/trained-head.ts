// Reads from the model how its normaliser stands: q, r, temperature and coupling of the SharMiX node.

import { decodeModel } from '../../src/onnx/decode.ts';
import { tensorFromProto } from '../../src/onnx/tensors.ts';
import { baseType } from '../../src/schema/registry.ts';
import type { Settings } from './settings.ts';

/** The normaliser of the model. */
export interface TrainedHead extends Settings {
  readonly coupling: 'exact' | 'entmax';
}

/** The head that gives `probabilities`. One that is no SharMiX is softmax, the point (1, 1). */
export const readHead = (bytes: Uint8Array): TrainedHead => {
  const { graph } = decodeModel(bytes, 'model.onnx');
  const node = graph?.node?.find(({ output }) => output?.includes('probabilities'));
  const isSharmix = node !== undefined && baseType(node.opType ?? '') === 'SharMiX';
  if (!isSharmix) return { q: 1, r: 1, temperature: 1, coupling: 'exact' };
  const index = (at: number, absent: number): number => {
    const name = node.input?.[at];
    const proto = graph?.initializer?.find((initializer) => initializer.name === name);
    return proto === undefined || name === '' ? absent : Number(tensorFromProto(proto).data[0]);
  };
  const attribute = (name: string) => node.attribute?.find((a) => a.name === name);
  const coupling = new TextDecoder().decode(attribute('coupling')?.s ?? new Uint8Array());
  const q = index(1, 1);
  return {
    q,
    r: index(2, q),
    temperature: attribute('temperature')?.f ?? 1,
    coupling: coupling === 'entmax' ? 'entmax' : 'exact',
  };
};
