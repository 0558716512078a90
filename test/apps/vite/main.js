import * as ort from 'onnxruntime-web/webgpu';
import { sharmix } from 'sharmix/ops';
import { install, sessionInfo } from 'sharmix/runtime';

install(ort, { ops: [sharmix] });
const session = await ort.InferenceSession.create('./model.onnx', {
  executionProviders: [{ name: 'custom-ops', inner: ['webgpu', 'wasm'] }],
});
const x = new ort.Tensor('float32', [1, 2, 3, -1, 0.5, 2], [2, 3]);
const { probabilities } = await session.run({ x });

const { providers, kernels } = sessionInfo(session);
document.documentElement.dataset.report = JSON.stringify({
  probabilities: [...(await probabilities.getData())],
  providers,
  forms: kernels.map(({ form }) => form),
});
