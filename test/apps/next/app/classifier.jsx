'use client';

import { useEffect, useState } from 'react';

const classify = async () => {
  // In the browser alone: while the server renders, nothing of onnxruntime-web is loaded.
  const [ort, { sharmix }, { install, sessionInfo }] = await Promise.all([
    import('onnxruntime-web/webgpu'),
    import('sharmix/ops'),
    import('sharmix/runtime'),
  ]);
  install(ort, { ops: [sharmix] });
  const session = await ort.InferenceSession.create('/model.onnx', {
    executionProviders: [{ name: 'custom-ops', inner: ['webgpu', 'wasm'] }],
  });
  const x = new ort.Tensor('float32', [1, 2, 3, -1, 0.5, 2], [2, 3]);
  const { probabilities } = await session.run({ x });
  const { providers, kernels } = sessionInfo(session);
  return {
    probabilities: [...(await probabilities.getData())],
    providers,
    forms: kernels.map(({ form }) => form),
  };
};

export function Classifier() {
  const [result, setResult] = useState();
  useEffect(() => {
    classify().then(setResult, (error) => setResult({ error: String(error.stack ?? error) }));
  }, []);
  useEffect(() => {
    if (result) document.documentElement.dataset.report = JSON.stringify(result);
  }, [result]);
  return <output>{result ? JSON.stringify(result) : 'loading'}</output>;
}
