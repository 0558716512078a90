// The messages between a program and the workers of a pool.

import type { RunOptions, SessionOptions, ValueMetadata } from '../ort-types.ts';
import type { SessionInfo } from '../session.ts';
import type { PackedFeeds, PackedResult } from './packing.ts';
import type { WireValue } from './wire-errors.ts';

/** What a worker needs to create its session. */
export interface WorkerSpec {
  readonly model: string | Uint8Array;
  readonly options: SessionOptions;
  /** Modules that export the operators. */
  readonly modules: readonly string[];
  /** Labels of the operators installed in the program. */
  readonly installed: readonly string[];
  /** Version of the program's onnxruntime-node. */
  readonly version: string;
  /** Whether the program has `Float16Array`; one that deleted it, for onnxruntime-node to take float16, wants none in workers. */
  readonly hasFloat16Array: boolean;
}

/** To a worker. */
export type ToWorker =
  | { readonly kind: 'create'; readonly spec: WorkerSpec }
  | {
      readonly kind: 'run';
      readonly feeds: PackedFeeds;
      /** Names of the outputs wanted. */
      readonly fetches: readonly string[];
      readonly options: RunOptions;
    }
  | { readonly kind: 'abort' | 'startProfiling' | 'endProfiling' | 'close' };

/** What a worker's session is. */
export interface Ready {
  readonly inputs: readonly ValueMetadata[];
  readonly outputs: readonly ValueMetadata[];
  readonly info: SessionInfo;
}

/** From a worker. `bytes` is the buffer of the run's feeds, back for reuse; undefined where it was not transferred. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly ready: Ready }
  | { readonly kind: 'failed'; readonly error: WireValue }
  | {
      readonly kind: 'done';
      readonly results: Readonly<Record<string, PackedResult>>;
      readonly readbacks: number;
      readonly bytes: Uint8Array<ArrayBuffer> | undefined;
    }
  | {
      readonly kind: 'rejected';
      readonly error: WireValue;
      readonly bytes: Uint8Array<ArrayBuffer> | undefined;
    }
  | { readonly kind: 'closed' };
