// Runs operators' WGSL forms on a GPUDevice. Knows no operator.

export { bufferUsage, mapModeRead, shaderDeviceOf } from './device.ts';
export { WebGpuExecutor } from './executor.ts';
export type { GpuTensor, Ports } from './gpu-tensor.ts';
export { pipelineCount } from './pipelines.ts';
export { isStorageType, storageTypes } from './storage.ts';
export { whyNoShader } from './support.ts';
