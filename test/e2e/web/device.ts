// A GPUDevice for tests, with subgroups unless they are turned off.

/** Creates a device; fails loudly where the browser has no WebGPU adapter. */
export const createDevice = async ({ subgroups = true } = {}): Promise<GPUDevice> => {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error('This browser has no WebGPU adapter.');
  const wanted = subgroups && adapter.features.has('subgroups');
  return adapter.requestDevice({ requiredFeatures: wanted ? ['subgroups'] : [] });
};
