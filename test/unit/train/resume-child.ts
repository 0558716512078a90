// Run as a process of its own by resume.test.ts: trains with a checkpoint, prints each event, and the weights' digest at the end.

import { createHash } from 'node:crypto';
import { fitClassifier, loadBackend, indexRules, SharMiX } from '../../../ops/train.ts';
import { tokenModel, tokenProblem, weightsOf } from './small-model.ts';

const [checkpoint = '', resume = ''] = process.argv.slice(2);
await loadBackend();
const head = new SharMiX({ learnable: true });
const model = tokenModel(3, head);
const { steps } = await fitClassifier(model, tokenProblem(400), {
  epochs: 6,
  batchSize: 8,
  seed: 11,
  patience: Infinity,
  loss: head.loss(),
  rules: indexRules({ q: 1e-3, r: 1e-3 }),
  onProgress: ({ epoch, batch, record }) => {
    process.stdout.write(`epoch ${epoch} ${record === undefined ? `batch ${batch}` : 'done'}\n`);
  },
  ...(checkpoint === '' ? {} : { checkpoint, resume: resume === 'resume' }),
});
const digest = createHash('sha256');
for (const values of weightsOf(model)) digest.update(new Uint8Array(values.buffer));
process.stdout.write(`steps ${steps} weights ${digest.digest('hex')}\n`);
