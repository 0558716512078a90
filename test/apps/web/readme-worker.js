// The worker of the runtime's README: a model on WebGPU, else in WebAssembly, off the page's main thread.

import * as ort from 'onnxruntime-web/webgpu';
import { sharmix } from 'sharmix/ops';
import { install, sessionInfo } from 'sharmix/runtime';

install(ort, { ops: [sharmix] });
const created = ort.InferenceSession.create('model.onnx', {
  executionProviders: [{ name: 'custom-ops', inner: ['webgpu', 'wasm'] }],
});

onmessage = async ({ data }) => {
  const session = await created;
  const { y } = await session.run({ x: new ort.Tensor('float32', data, [data.length / 3, 3]) });
  const { providers, rebuilds } = sessionInfo(session);
  postMessage({ y: y.data, providers, rebuilds });
};
