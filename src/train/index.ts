// The training part of the library: tfjs backends, custom-gradient bridge, layers, losses, trainer, metrics.

export { type VariableRule } from './adam-slot.ts';
export { loadBackend, type Backend, type BackendName, type BackendOptions } from './backend.ts';
export { type ClassifierData } from './classifier-data.ts';
export { fromTf, tfOp, toTf, type TfInputs, type TfOp } from './custom-grad.ts';
export { evaluateClassifier, type EvaluateOptions } from './evaluate.ts';
export {
  type EpochRecord,
  type ProgressEvent,
  type ProgressListener,
  type Watched,
} from './events.ts';
export { fitClassifier } from './fit-classifier.ts';
export { type FitOptions, type FitResult } from './fit-options.ts';
export { MaskedMean } from './layers/masked-mean.ts';
export { crossEntropy, type LossFunction } from './loss-function.ts';
export { accuracyOf, macroF1Of, type ClassifierMetrics, type Confusion } from './metrics.ts';
export { progressBar, progressLine, type ProgressStream } from './progress.ts';
export { stratifiedSplit, type Split, type SplitOptions } from './split.ts';
export { tf } from './tf.ts';
