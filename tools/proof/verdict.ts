// What a case comes to in one session: pass, mismatch, an error when it is created or run. Two sessions are compared by verdict
// and by the bits of their outputs.

import type { InferenceSession } from 'onnxruntime-common';
import { messageOf } from '../../src/core/errors.ts';
import { float16ToFloat32 } from '../../src/core/float16.ts';
import { sameShape } from '../../src/core/shape.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import type { OrtModule, OrtTensor, SessionOptions } from '../../src/runtime/ort-types.ts';
import { fromOrt, toOrt } from '../../src/runtime/tensors.ts';
import type { ProofCase } from './cases.ts';

/** How a case ends. `created`: its values cannot be handed over, so it is not run. */
export type Verdict = 'pass' | 'mismatch' | 'create error' | 'run error' | 'created';

/** All verdicts, in the order they are reported. */
export const verdicts: readonly Verdict[] = [
  'pass',
  'mismatch',
  'create error',
  'run error',
  'created',
];

/** The end of one case in one kind of session. */
export interface Outcome {
  readonly verdict: Verdict;
  /** Of the first error, or of the first output that is not as expected. */
  readonly message: string;
  /** Outputs of each data set that ran. */
  readonly outputs: readonly ReadonlyMap<string, Tensor>[];
}

/** Tolerances of the ONNX project's own runner: |a - b| <= absolute + relative * |b|. */
const relative = 1e-3;
const absolute = 1e-7;

const isClose = (a: number, b: number): boolean =>
  Object.is(a, b) ||
  a === b ||
  (Number.isNaN(a) && Number.isNaN(b)) ||
  Math.abs(a - b) <= absolute + relative * Math.abs(b);

const valuesOf = ({ dtype, data }: Tensor): ArrayLike<number | bigint | string> =>
  dtype === 'float16' ? float16ToFloat32(data) : data;

/** Why an output is not as expected; undefined where it is. */
const difference = (name: string, found: Tensor, expected: Tensor): string | undefined => {
  if (found.dtype !== expected.dtype) return `${name} is ${found.dtype}, not ${expected.dtype}`;
  if (!sameShape(found.dims, expected.dims)) {
    return `${name} has shape [${found.dims.join()}], not [${expected.dims.join()}]`;
  }
  const a = valuesOf(found);
  const b = valuesOf(expected);
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x === y || (typeof x === 'number' && typeof y === 'number' && isClose(x, y))) continue;
    return `${name}[${i}] is ${x}, not ${y}`;
  }
  return undefined;
};

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Whether two tensors are the same to the last bit. */
const sameBits = (a: Tensor, b: Tensor): boolean => {
  if (a.dtype !== b.dtype || !sameShape(a.dims, b.dims)) return false;
  if (a.dtype === 'string' && b.dtype === 'string') {
    const [x, y] = [a.data, b.data];
    return x.length === y.length && x.every((text, i) => text === y[i]);
  }
  return (
    ArrayBuffer.isView(a.data) &&
    ArrayBuffer.isView(b.data) &&
    Buffer.compare(bytesOf(a.data), bytesOf(b.data)) === 0
  );
};

const copyOf = (result: OrtTensor, name: string): Tensor => {
  const value = fromOrt(result, name);
  return { ...value, data: value.data.slice() } as Tensor;
};

const feedsOf = (ort: OrtModule, feeds: ReadonlyMap<string, Tensor>): Record<string, OrtTensor> =>
  Object.fromEntries([...feeds].map(([name, value]) => [name, toOrt(ort, value)]));

const runSets = async (
  ort: OrtModule,
  session: InferenceSession,
  { sets }: ProofCase,
): Promise<Outcome> => {
  const outputs: Map<string, Tensor>[] = [];
  let wrong: string | undefined;
  for (const { feeds, expected } of sets) {
    let results: InferenceSession.OnnxValueMapType;
    try {
      results = await session.run(feedsOf(ort, feeds));
    } catch (error) {
      return { verdict: 'run error', message: messageOf(error), outputs };
    }
    const own = new Map<string, Tensor>();
    for (const [name, result] of Object.entries(results)) own.set(name, copyOf(result, name));
    outputs.push(own);
    for (const [name, value] of expected) {
      const found = own.get(name);
      wrong ??= found === undefined ? `no output ${name}` : difference(name, found, value);
    }
  }
  return { verdict: wrong === undefined ? 'pass' : 'mismatch', message: wrong ?? '', outputs };
};

/** Creates a session of a model, runs the data sets of a case in it and releases it.
 * @param bytes - The model; the case's own, or one made from it.
 * @param onSession - Told the session before it runs. */
export const judge = async (
  ort: OrtModule,
  bytes: Uint8Array,
  options: SessionOptions,
  proofCase: ProofCase,
  onSession?: (session: InferenceSession) => void,
): Promise<Outcome> => {
  let session: InferenceSession;
  try {
    session = await ort.InferenceSession.create(bytes, options);
  } catch (error) {
    return { verdict: 'create error', message: messageOf(error), outputs: [] };
  }
  try {
    onSession?.(session);
    if (proofCase.unheld !== undefined) {
      return { verdict: 'created', message: proofCase.unheld, outputs: [] };
    }
    return await runSets(ort, session, proofCase);
  } finally {
    await session.release();
  }
};

/** How `found` differs from `wanted`, in words; undefined where verdict and (unless `exact` is false) every bit agree. */
export const disagreement = (
  found: Outcome,
  wanted: Outcome,
  { exact }: { readonly exact: boolean },
): string | undefined => {
  if (found.verdict !== wanted.verdict) {
    return `${found.verdict} (${found.message}), not ${wanted.verdict} (${wanted.message})`;
  }
  for (const [set, values] of wanted.outputs.entries()) {
    const own = found.outputs[set];
    if (own === undefined || own.size !== values.size) return `outputs of set ${set} are missing`;
    for (const [name, value] of values) {
      const other = own.get(name);
      if (other === undefined) return `output ${name} is missing`;
      if (exact && !sameBits(other, value)) {
        return difference(name, other, value) ?? `${name} differs in its last bits`;
      }
    }
  }
  return undefined;
};
