// Verification: tfjs predict against sessions of onnxruntime on random batches, and the layer a difference comes from.

import { ExportError, messageOf } from '../core/errors.ts';
import { hasFunctionBody } from '../onnx/index.ts';
import { install, type OrtModule } from '../runtime/index.ts';
import { tf } from '../train/index.ts';
import type { Draft } from './build.ts';
import { compare, positionOf } from './compare.ts';
import type { ExportOptions } from './options.ts';
import type { Difference } from './report.ts';
import { sampleInputs } from './samples.ts';

const where = 'exportModel';
const batches: readonly number[] = [1, 3];

type Session = Awaited<ReturnType<OrtModule['InferenceSession']['create']>>;
type SessionKind = Difference['session'];

/** A difference over tolerance. */
interface Fault extends Difference {
  /** `got 0.3, tfjs 0.1 at [2, 1]` */
  readonly detail: string;
}

/** A tfjs model with the outputs of the draft, in their order. */
const withOutputs = (model: tf.LayersModel, draft: Draft): tf.LayersModel => {
  const outputs = draft.outputs.map(({ tensor }) => tensor);
  const isSame =
    outputs.length === model.outputs.length && outputs.every((o, i) => o === model.outputs[i]);
  return isSame ? model : tf.model({ inputs: model.inputs, outputs });
};

const createSession = async (ort: OrtModule, kind: SessionKind, draft: Draft): Promise<Session> => {
  try {
    if (kind === 'custom-ops') install(ort, { ops: draft.ops });
    return await ort.InferenceSession.create(draft.bytes, {
      logSeverityLevel: 3,
      ...(kind === 'custom-ops' ? { executionProviders: [{ name: 'custom-ops' }] } : {}),
    });
  } catch (error) {
    throw new ExportError({
      where,
      what: `the ${kind} session`,
      rule: 'must take the exported model',
      actual: messageOf(error),
      cause: error,
    });
  }
};

const dataFor = (input: tf.Tensor): Float32Array | Int32Array | Uint8Array => input.dataSync();

const runSession = async (
  ort: OrtModule,
  session: Session,
  draft: Draft,
  tensors: readonly tf.Tensor[],
): ReturnType<Session['run']> => {
  const feeds = draft.inputs.map(
    ({ name, dtype }, i) =>
      [name, new ort.Tensor(dtype, dataFor(tensors[i]!), tensors[i]!.shape)] as const,
  );
  return session.run(Object.fromEntries(feeds));
};

const compareOutput = (
  session: SessionKind,
  batch: number,
  output: string,
  actual: { readonly data: ArrayLike<number>; readonly dims: readonly number[] },
  expected: tf.Tensor,
  options: ExportOptions,
): Difference | Fault => {
  const base = { session, batch, output };
  if (actual.dims.join() !== expected.shape.join()) {
    const detail = `got shape [${actual.dims.join(', ')}], tfjs [${expected.shape.join(', ')}]`;
    return { ...base, absolute: NaN, detail };
  }
  const { absolute, fault } = compare(actual.data, expected.dataSync(), options.tolerance ?? {});
  if (fault === undefined) return { ...base, absolute };
  const at = positionOf(fault.index, actual.dims);
  return { ...base, absolute, detail: `got ${fault.actual}, tfjs ${fault.expected} at ${at}` };
};

const isFault = (difference: Difference | Fault): difference is Fault => 'detail' in difference;

const measureBatch = async (
  ort: OrtModule,
  session: Session,
  kind: SessionKind,
  draft: Draft,
  model: tf.LayersModel,
  batch: number,
  options: ExportOptions,
): Promise<(Difference | Fault)[]> => {
  const { tensors, dispose } = sampleInputs(draft.inputs, batch, options);
  const expected = [model.predict([...tensors])].flat();
  try {
    const actual = await runSession(ort, session, draft, tensors);
    return draft.outputs.map(({ name }, i) => {
      const { data, dims } = actual[name]!;
      const values = { data: data as unknown as ArrayLike<number>, dims };
      return compareOutput(kind, batch, name, values, expected[i]!, options);
    });
  } finally {
    tf.dispose(expected);
    dispose();
  }
};

/** Differences of one kind of session at all batch sizes. */
const measure = async (
  ort: OrtModule,
  kind: SessionKind,
  draft: Draft,
  model: tf.LayersModel,
  options: ExportOptions,
): Promise<(Difference | Fault)[]> => {
  const session = await createSession(ort, kind, draft);
  const same = withOutputs(model, draft);
  try {
    const found: (Difference | Fault)[] = [];
    for (const batch of batches) {
      found.push(...(await measureBatch(ort, session, kind, draft, same, batch, options)));
    }
    return found;
  } finally {
    await session.release();
  }
};

/** Verifies a draft.
 * @param everyLayer - Makes the draft that shows the output of every layer, to find where a difference comes from.
 * @returns The differences, all within tolerance.
 * @throws {ExportError} A difference over tolerance: where, how large, and the first layer that differs. */
export const verify = async (
  ort: OrtModule,
  draft: Draft,
  model: tf.LayersModel,
  options: ExportOptions,
  everyLayer: () => Draft,
): Promise<readonly Difference[]> => {
  const kinds: readonly SessionKind[] = [
    ...(draft.ops.every(hasFunctionBody) ? (['stock'] as const) : []),
    ...(draft.ops.length > 0 ? (['custom-ops'] as const) : []),
  ];
  const differences: Difference[] = [];
  for (const kind of kinds) {
    const found = await measure(ort, kind, draft, model, options);
    const fault = found.find(isFault);
    if (fault === undefined) {
      differences.push(...found);
      continue;
    }
    const layers = await measure(ort, kind, everyLayer(), model, options);
    const first = layers.find(isFault);
    throw new ExportError({
      where,
      what: `output ${fault.output} of the ${kind} session at batch ${fault.batch}`,
      rule: 'must agree with tfjs',
      actual: fault.detail.replace(/^got /, ''),
      hint:
        first === undefined
          ? 'no single layer differs; options.tolerance may be too strict'
          : `the first layer that differs is ${first.output}: ${first.detail}`,
    });
  }
  return differences;
};
