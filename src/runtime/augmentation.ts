// What the runtime adds to onnxruntime's types: the provider's entry, `signal` among the options of a run, sessions for `await using`.
/// <reference lib="esnext.disposable" preserve="true" />

import type { InferenceSession } from 'onnxruntime-common';
import type { PoolOptions } from './pool/options.ts';

/** Options of the provider `custom-ops`. */
export interface CustomOpsExecutionProviderOption extends InferenceSession.ExecutionProviderOption {
  readonly name: 'custom-ops';
  /** Providers for the model's standard operators, tried in this order, before the entries that stand beside this one. Default: those
   * entries; where there are none, `cpu` in Node; `webgpu`, then `wasm`, on the web. */
  readonly inner?: readonly InferenceSession.ExecutionProviderConfig[];
  /** How the model is cut into sessions of onnxruntime: `fewest` (the default), or `every-node`: each node that onnxruntime runs gets
   * a session of its own, to find the node where results differ. Slow. */
  readonly cut?: 'fewest' | 'every-node';
  /** Runs the model in a pool of workers, off the program's event loop (onnxruntime-node only). The operators must come with modules:
   * see `install`. Default: false. `true` is a pool with the defaults of {@link PoolOptions}. */
  readonly pool?: boolean | PoolOptions;
}

declare module 'onnxruntime-common' {
  namespace InferenceSession {
    interface ExecutionProviderOptionMap {
      'custom-ops': CustomOpsExecutionProviderOption;
    }
    interface RunOptions {
      /** Cancels the run (custom-ops only): it rejects with the signal's reason. What waits for its turn never starts; what runs stops
       * before its next segment or kernel. The session stays usable. */
      signal?: AbortSignal | undefined;
    }
  }
  // The results of `create`, and not the type InferenceSession: objects that a program passes off as sessions stay valid.
  interface InferenceSessionFactory {
    create(
      uri: string,
      options?: InferenceSession.SessionOptions,
    ): Promise<InferenceSession & AsyncDisposable>;
    create(
      buffer: ArrayBufferLike,
      options?: InferenceSession.SessionOptions,
    ): Promise<InferenceSession & AsyncDisposable>;
    create(
      buffer: ArrayBufferLike,
      byteOffset: number,
      byteLength?: number,
      options?: InferenceSession.SessionOptions,
    ): Promise<InferenceSession & AsyncDisposable>;
    create(
      buffer: Uint8Array,
      options?: InferenceSession.SessionOptions,
    ): Promise<InferenceSession & AsyncDisposable>;
    // The last one, which `ReturnType` and `Parameters` see, is onnxruntime's own.
    create(
      buffer: Uint8Array,
      options?: InferenceSession.SessionOptions,
    ): Promise<InferenceSession>;
  }
}
