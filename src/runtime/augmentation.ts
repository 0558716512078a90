// The provider's entry in onnxruntime's types, so that `executionProviders: [{ name: 'custom-ops', inner: [...] }]` compiles.

import type { InferenceSession } from 'onnxruntime-common';

/** Options of the provider `custom-ops`. */
export interface CustomOpsExecutionProviderOption extends InferenceSession.ExecutionProviderOption {
  readonly name: 'custom-ops';
  /** Providers for the model's standard operators, tried in this order. Default: `cpu` in Node; `webgpu`, then `wasm`, on the web. */
  readonly inner?: readonly InferenceSession.ExecutionProviderConfig[];
}

declare module 'onnxruntime-common' {
  namespace InferenceSession {
    interface ExecutionProviderOptionMap {
      'custom-ops': CustomOpsExecutionProviderOption;
    }
  }
}
