// The programs a user writes, as the README shows them: they must compile under strict, against the package's own types.

import * as ort from 'onnxruntime-node';
import * as web from 'onnxruntime-web/webgpu';
import { sharmix } from 'sharmix/ops';
import { install, sessionInfo } from 'sharmix/runtime';
import { loadClassifier } from 'sharmix/text';

/** In Node. */
export const node = async (tokens: ort.Tensor): Promise<ort.Tensor | undefined> => {
  install(ort, { ops: [sharmix] });
  const session = await ort.InferenceSession.create('model.onnx', {
    executionProviders: [{ name: 'custom-ops', inner: ['cpu'] }],
  });
  const { probabilities } = await session.run({ tokens });
  return probabilities;
};

/** In a browser. */
export const browser = async (bytes: Uint8Array): Promise<string> => {
  install(web, { ops: [sharmix] });
  const session = await web.InferenceSession.create(bytes, {
    executionProviders: [{ name: 'custom-ops', inner: ['webgpu', 'wasm'] }],
  });
  return sessionInfo(session).providers.join(', ');
};

/** A classifier of texts. */
export const classify = async (texts: readonly string[]): Promise<string[]> => {
  const classifier = await loadClassifier(ort, 'model.onnx');
  const results = await classifier.classify(texts);
  return results.map(({ label }) => label);
};
