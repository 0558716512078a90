// What onnxruntime's types hide: its InferenceSession is a class, whose methods a test can watch.

import type { InferenceSession } from 'onnxruntime-common';
import type { OrtModule } from '../../../../src/runtime/index.ts';

/** The prototype of a copy's sessions. */
export const prototypeOf = ({ InferenceSession: factory }: OrtModule): InferenceSession =>
  (factory as unknown as { readonly prototype: InferenceSession }).prototype;
