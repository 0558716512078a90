import './ort-node.js';
import { env, pipeline } from '@huggingface/transformers';
import { sessionInfo } from 'sharmix/runtime';

env.allowRemoteModels = false;
env.localModelPath = './public/models/';

const classify = await pipeline('text-classification', 'mails', {
  device: 'auto',
  dtype: 'fp32',
  session_options: { executionProviders: [{ name: 'custom-ops' }] },
});
const scores = await classify(['free prize', 'dinner tomorrow friend'], { top_k: null });

const { providers, kernels } = sessionInfo(classify.model.sessions.model);
process.stdout.write(JSON.stringify({ scores, providers, forms: kernels.map(({ form }) => form) }));
