// The provider's entry in onnxruntime's types, so that `executionProviders: [{ name: 'custom-ops', inner: [...] }]` compiles.

import type { InferenceSession } from 'onnxruntime-common';

/** Options of the provider `custom-ops`. */
export interface CustomOpsExecutionProviderOption extends InferenceSession.ExecutionProviderOption {
  readonly name: 'custom-ops';
  /** Providers for the model's standard operators, tried in this order. Default: `cpu` in Node; `webgpu`, then `wasm`, on the web. */
  readonly inner?: readonly InferenceSession.ExecutionProviderConfig[];
  /** How the model is cut into sessions of onnxruntime: `fewest` (the default), or `every-node`: each node that onnxruntime runs gets
   * a session of its own, to find the node where results differ. Slow. */
  readonly cut?: 'fewest' | 'every-node';
}

declare module 'onnxruntime-common' {
  namespace InferenceSession {
    interface ExecutionProviderOptionMap {
      'custom-ops': CustomOpsExecutionProviderOption;
    }
  }
}
