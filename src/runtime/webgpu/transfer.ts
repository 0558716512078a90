// Tensors to GPU buffers and back.

import { sizeOf, type Tensor } from '../../schema/index.ts';
import type { BufferPool } from './buffers.ts';
import { mapModeRead } from './device.ts';
import type { GpuTensor } from './gpu-tensor.ts';
import {
  bytesOf,
  checkStorageType,
  copyBytes,
  dataBytesOf,
  paddedBytes,
  tensorOf,
} from './storage.ts';

/** Tensors up to so many elements keep (a copy of) their values on the CPU when they are uploaded. */
const maxKnownSize = 16;

/** Writes a tensor into a buffer of the pool.
 * @throws {DTypeError} The element type has no representation in a storage buffer. */
export const upload = (device: GPUDevice, pool: BufferPool, tensor: Tensor): GpuTensor => {
  const { dtype, dims } = tensor;
  checkStorageType('WebGpuExecutor.upload', 'the tensor', dtype);
  if (tensor.dtype === 'string') throw new TypeError('unreachable: strings are no storage type');
  const buffer = pool.take(paddedBytes(dataBytesOf(tensor)));
  device.queue.writeBuffer(buffer, 0, bytesOf(tensor));
  return {
    dtype,
    dims,
    buffer,
    ...(sizeOf(dims) <= maxKnownSize ? { data: tensor.data.slice() } : {}),
  };
};

/** Reads a tensor back. `staging` is a pool of mappable buffers. Rejects as WebGPU does when the device is lost. */
export const download = async (
  device: GPUDevice,
  staging: BufferPool,
  { dtype, dims, buffer }: GpuTensor,
): Promise<Tensor> => {
  checkStorageType('WebGpuExecutor.download', 'the tensor', dtype);
  const bytes = copyBytes(dataBytesOf({ dtype, dims }));
  if (bytes === 0) return tensorOf(dtype, dims, new Uint8Array());
  const target = staging.take(bytes);
  try {
    const encoder = device.createCommandEncoder({ label: 'download' });
    encoder.copyBufferToBuffer(buffer, 0, target, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await target.mapAsync(mapModeRead, 0, bytes);
  } catch (error) {
    staging.discard(target);
    throw error;
  }
  const result = tensorOf(dtype, dims, new Uint8Array(target.getMappedRange(0, bytes)));
  target.unmap();
  staging.give(target);
  return result;
};
