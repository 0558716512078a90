// The same for the CommonJS face of onnxruntime-common: onnxruntime-node and onnxruntime-web are typed by that one.

import type { InferenceSession } from 'onnxruntime-common';

/** Options of the provider `custom-ops`, in the types of onnxruntime's packages. */
export interface CustomOpsProviderOption extends InferenceSession.ExecutionProviderOption {
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
      'custom-ops': CustomOpsProviderOption;
    }
  }
}
