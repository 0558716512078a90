// The exported classifier in onnxruntime-node: SharMiX in its JS kernel, against the same model with a stock Softmax; and as the
// function body, without our runtime.

import * as ort from 'onnxruntime-node';
import { exportModel } from '../../../ops/export.ts';
import { sharmix } from '../../../ops/index.ts';
import { install } from '../../../src/runtime/index.ts';
import { loadBackend } from '../../../src/train/index.ts';
import { measure, type Effort } from '../measure.ts';
import type { CaseResult } from '../report.ts';
import { sharmixNetwork, sizes, softmaxNetwork, tokenRows } from './networks.ts';

const targets = new Map([
  [1, '<= 1.1'],
  [64, '<= 1.2'],
  [4096, '<= 1.2'],
]);

/** One case a batch size. */
export const classifierNode = async (effort: Effort): Promise<readonly CaseResult[]> => {
  await loadBackend();
  install(ort, { ops: [sharmix] });
  const ours = await exportModel(sharmixNetwork());
  const peer = await exportModel(softmaxNetwork());
  const options = { intraOpNumThreads: 1 };
  const create = (bytes: Uint8Array, provider: 'custom-ops' | 'cpu') =>
    ort.InferenceSession.create(bytes, {
      ...options,
      executionProviders: provider === 'cpu' ? ['cpu'] : [{ name: 'custom-ops' }],
    });
  const sessions = [
    { name: 'SharMiX, JS kernel', session: await create(ours.bytes, 'custom-ops') },
    { name: 'stock Softmax model', session: await create(peer.bytes, 'cpu') },
    { name: 'SharMiX, function body (stock)', session: await create(ours.bytes, 'cpu') },
  ];
  const results: CaseResult[] = [];
  for (const [batch, target] of targets) {
    const tokens = new ort.Tensor('int32', tokenRows(batch), [batch, sizes.length]);
    const contenders = sessions.map(({ name, session }) => ({
      name,
      run: () => session.run({ tokens }),
    }));
    results.push({
      name: `classifier in onnxruntime-node, batch ${batch}`,
      target,
      timings: await measure(contenders, effort),
    });
  }
  for (const { session } of sessions) await session.release();
  return results;
};
