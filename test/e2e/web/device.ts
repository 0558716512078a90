// A GPUDevice for tests, with subgroups unless they are turned off.

/** Creates a device; fails loudly where the browser has no WebGPU adapter. */
export const createDevice = async ({ subgroups = true } = {}): Promise<GPUDevice> => {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error('This browser has no WebGPU adapter.');
  const wanted = subgroups && adapter.features.has('subgroups');
  return adapter.requestDevice({ requiredFeatures: wanted ? ['subgroups'] : [] });
};

/** The first floats of a buffer. */
export const readFloats = async (
  device: GPUDevice,
  buffer: GPUBuffer,
  count: number,
): Promise<Float32Array> => {
  const target = device.createBuffer({ size: 4 * count, usage: 1 | 8 });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, target, 0, 4 * count);
  device.queue.submit([encoder.finish()]);
  await target.mapAsync(1);
  return new Float32Array(target.getMappedRange().slice(0));
};
