import './ort-web.js';
import { env, pipeline } from '@huggingface/transformers';
import { sessionInfo } from 'sharmix/runtime';

env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = '/models/';

const classify = await pipeline('text-classification', 'mails', {
  device: 'auto',
  dtype: 'fp32',
  session_options: {
    executionProviders: [{ name: 'custom-ops', inner: ['webgpu', 'wasm'] }],
  },
});
const scores = await classify(['free prize', 'dinner tomorrow friend'], { top_k: null });

const { providers, kernels } = sessionInfo(classify.model.sessions.model);
document.documentElement.dataset.report = JSON.stringify({
  scores,
  providers,
  forms: kernels.map(({ form }) => form),
});
