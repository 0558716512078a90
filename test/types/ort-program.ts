// A program written for onnxruntime alone, that knows nothing of this package: it must compile the same with the package's types in scope.

import { InferenceSession, Tensor, type InferenceSessionFactory } from 'onnxruntime-common';
import * as ort from 'onnxruntime-node';
import * as web from 'onnxruntime-web';

/** Every form of create. */
export const create = async (
  path: string,
  bytes: Uint8Array,
  buffer: ArrayBuffer,
  shared: SharedArrayBuffer,
  options: ort.InferenceSession.SessionOptions,
): Promise<readonly ort.InferenceSession[]> => [
  await ort.InferenceSession.create(path),
  await ort.InferenceSession.create(path, options),
  await ort.InferenceSession.create(bytes, { executionProviders: ['cpu', { name: 'cuda' }] }),
  await ort.InferenceSession.create(buffer, { graphOptimizationLevel: 'all' }),
  await ort.InferenceSession.create(buffer, 8, 100, options),
  await ort.InferenceSession.create(buffer, 8),
  await ort.InferenceSession.create(shared, options),
];

/** Every form of run. */
export const run = async (session: ort.InferenceSession, x: ort.Tensor): Promise<ort.Tensor> => {
  const options: ort.InferenceSession.RunOptions = { tag: 'mine', logSeverityLevel: 2 };
  await session.run({ x });
  await session.run({ x }, options);
  await session.run({ x }, ['y']);
  await session.run({ x }, ['y'], options);
  const results = await session.run({ x }, { y: null, z: x }, options);
  return results['y']!;
};

/** A session made of an object, as tests of programs have them. */
const fake: ort.InferenceSession = {
  run: () => Promise.resolve({ y: new Tensor('float32', [1], [1]) }),
  release: () => Promise.resolve(),
  startProfiling: () => undefined,
  endProfiling: () => undefined,
  inputNames: ['x'],
  outputNames: ['y'],
  inputMetadata: [{ name: 'x', isTensor: true, type: 'float32', shape: ['N', 2] }],
  outputMetadata: [{ name: 'y', isTensor: false }],
};

/** A class that holds one. */
export class Holder implements Pick<InferenceSession, 'run' | 'release'> {
  #session: InferenceSession = fake;

  readonly run: InferenceSession['run'] = (...args: [InferenceSession.FeedsType]) =>
    this.#session.run(...args);

  release(): Promise<void> {
    return this.#session.release();
  }

  async load(bytes: Uint8Array): Promise<void> {
    this.#session = await InferenceSession.create(bytes);
  }
}

/** What types are made of the functions. */
export type Created = Awaited<ReturnType<typeof ort.InferenceSession.create>>;
export type LastArguments = Parameters<InferenceSessionFactory['create']>;
export const load: (uri: string) => Promise<web.InferenceSession> = (uri) =>
  web.InferenceSession.create(uri);
export const created: readonly Created[] = [fake];
export const lastArguments: LastArguments = [new Uint8Array(), {}];

/** Sessions of either package in one variable. */
export const either = async (bytes: Uint8Array, isNode: boolean): Promise<string> => {
  const factory = isNode ? ort.InferenceSession : web.InferenceSession;
  const session: ort.InferenceSession = await factory.create(bytes);
  const meta = session.inputMetadata[0];
  return meta?.isTensor === true ? `${meta.type} ${meta.shape.join()}` : session.inputNames.join();
};

/** A provider of this package is but a name to it. */
export const options: InferenceSession.SessionOptions = {
  executionProviders: ['custom-ops', { name: 'wasm' }],
  preferredOutputLocation: { y: 'cpu' },
};
