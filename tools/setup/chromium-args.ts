// The flags Chromium starts with in tests and tools: headless, quiet, WebGPU on a software adapter where there is no GPU.

/** Arguments for Chromium with WebGPU on SwiftShader: needs no GPU. */
export const chromiumArgs: readonly string[] = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
];
