// Chooses what tfjs runs on: tfjs-node where it loads, else tfjs's cpu backend with our own scatter-add. The one import of tfjs-node.

import util from 'node:util';
import { messageOf, RuntimeError } from '../core/errors.ts';
import { registerGatherGradient, registerGatherKernel } from './gather.ts';
import { registerSegmentSum } from './segment-sum.ts';
import { tf } from './tf.ts';

/** Name of a backend training runs on. */
export type BackendName = 'tensorflow' | 'cpu';

/** The backend in use. */
export interface Backend {
  readonly name: BackendName;
  /** For a person: `tfjs-node on TensorFlow 2.15.1`. */
  readonly detail: string;
}

/** How `loadBackend` chooses. */
export interface BackendOptions {
  /** Take this one, or fail. Left out: tfjs-node, else cpu. */
  readonly prefer?: BackendName;
  /** Where the line goes that tells why tfjs-node is not used; default standard error. */
  readonly log?: (line: string) => void;
}

/** tfjs-node 4.22 calls two functions of `node:util` that Node 22 warns of and Node 23 removed. */
const restoreUtil = (): void => {
  const target = util as unknown as Record<string, unknown>;
  target['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  target['isArray'] = Array.isArray;
};

const useNode = async (): Promise<Backend> => {
  restoreUtil();
  // Read by TensorFlow when it is loaded: errors only, no start-up log.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  await import('@tensorflow/tfjs-node');
  await tf.setBackend('tensorflow');
  registerGatherGradient();
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  return { name: 'tensorflow', detail: `tfjs-node on TensorFlow ${binding.TF_Version}` };
};

const useCpu = async (): Promise<Backend> => {
  registerSegmentSum();
  registerGatherKernel();
  registerGatherGradient();
  await tf.setBackend('cpu');
  // On its first tensor this backend prints a banner that recommends tfjs-node: we say so in our own line.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  return { name: 'cpu', detail: `tfjs ${tf.version.tfjs} cpu backend` };
};

const reasonOf = (error: unknown): string => {
  if ((error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND') return 'it is not installed';
  const message = messageOf(error);
  return /tfjs_binding/.test(message)
    ? 'its addon is not built'
    : (message.split('\n', 1)[0] ?? '');
};

/** Loads tfjs's backend and makes it the current one: tfjs-node where it loads, else `cpu`, told in one line.
 * @throws {RuntimeError} `prefer: 'tensorflow'` and tfjs-node does not load. */
export const loadBackend = async ({ prefer, log }: BackendOptions = {}): Promise<Backend> => {
  if (prefer === 'cpu') return useCpu();
  try {
    return await useNode();
  } catch (error) {
    const why = reasonOf(error);
    if (prefer === 'tensorflow') {
      throw new RuntimeError({
        where: 'loadBackend',
        what: 'tfjs-node',
        rule: 'must load',
        actual: why,
        hint: 'run npx sharmix setup',
        cause: error,
      });
    }
    const say = log ?? console.warn;
    say(`tfjs-node does not load (${why}): training on the slower cpu backend of tfjs`);
    return useCpu();
  }
};
