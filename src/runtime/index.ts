// sharmix/runtime: custom operators in the user's copy of onnxruntime.

export type { CustomOpsProviderOption } from './augmentation-cjs.cts';
export type { CustomOpsExecutionProviderOption } from './augmentation.ts';
export { install, type InstallOptions } from './install.ts';
export type { PoolOptions, PoolResourceLimits } from './pool/options.ts';
export { leaveStockSessions } from './ort-create.ts';
export type { OrtModule } from './ort-types.ts';
export type { KernelInfo } from './runner.ts';
export { sessionInfo, type SegmentInfo, type SessionInfo } from './session.ts';
export {
  compareModel,
  sessionContender,
  type ComparedValue,
  type CompareOptions,
  type Comparison,
  type ComparisonReport,
  type Contender,
  type NamedTensors,
} from './compare.ts';
export { compareValues, type CompareTolerance, type ValueDifference } from './compare-values.ts';
export { extractVerified, type ExtractVerifiedOptions } from './extract.ts';
export { inspectModel, type InspectOptions, type ModelReport, type StepReport } from './inspect.ts';
export { runtimeVersions } from './ort-versions.ts';
export type { SharedWeight } from './shared-weights.ts';
export { randomFeeds, type RandomFeedsOptions } from './random-feeds.ts';
