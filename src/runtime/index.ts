// sharmix/runtime: custom operators in the user's copy of onnxruntime.

export type { CustomOpsProviderOption } from './augmentation-cjs.cts';
export type { CustomOpsExecutionProviderOption } from './augmentation.ts';
export { install, type InstallOptions } from './install.ts';
export type { OrtModule } from './ort-types.ts';
export type { KernelInfo } from './runner.ts';
export { sessionInfo, type SegmentInfo, type SessionInfo } from './session.ts';
