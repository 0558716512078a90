// onnxruntime as the runtime sees it: a module the user passes. Types only; no copy of onnxruntime is imported.

import type * as Common from 'onnxruntime-common';
import type { InferenceSession, Tensor } from 'onnxruntime-common';

/** What `install` needs of a copy of onnxruntime: `import * as ort from 'onnxruntime-node'`, or from `onnxruntime-web`. */
export type OrtModule = Pick<
  typeof Common,
  'InferenceSession' | 'Tensor' | 'env' | 'registerBackend'
>;

/** onnxruntime's tensor. */
export type OrtTensor = Tensor;
/** Options of `InferenceSession.create`. */
export type SessionOptions = InferenceSession.SessionOptions;
/** Options of `session.run`. */
export type RunOptions = InferenceSession.RunOptions;
/** A model's input or output as onnxruntime describes it. */
export type ValueMetadata = InferenceSession.ValueMetadata;
/** An execution provider by name, or with its options. */
export type ProviderConfig = InferenceSession.ExecutionProviderConfig;
/** Inputs of a run by name. */
export type Feeds = Readonly<Record<string, OrtTensor>>;
/** Outputs wanted from a run: null, or a tensor to fill. */
export type Fetches = Readonly<Record<string, OrtTensor | null>>;

/** The name of a provider entry. */
export const providerName = (config: ProviderConfig): string =>
  typeof config === 'string' ? config : config.name;

/** Which of onnxruntime's packages a copy is. */
export const isNodeCopy = (ort: OrtModule): boolean => ort.env.versions.node !== undefined;
