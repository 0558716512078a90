// A crash of the browser's GPU process under running sessions: no run is lost, and the session goes on on a new device.

import { expect, it } from 'vitest';
import { launchChromium, openPage } from './browser.ts';
import { buildWithEsbuild } from './bundle.ts';

it('runs go on through a crash of the GPU process, on a new device', async () => {
  const browser = await launchChromium();
  const app = await buildWithEsbuild({ main: new URL('./web/crash.ts', import.meta.url) }, [
    'ort-wasm-simd-threaded.asyncify.mjs',
    'ort-wasm-simd-threaded.asyncify.wasm',
  ]);
  try {
    const { report } = await openPage(browser, app.folder, {
      meanwhile: async (page) => {
        await page.waitForFunction(() => Number.parseInt(document.title, 10) >= 10);
        const session = await browser.newBrowserCDPSession();
        await session.send('Browser.crashGpuProcess');
      },
    });
    const { largestError, last, warnings } = report as {
      readonly largestError: number;
      readonly last: { readonly provider: string; readonly rebuilds: number };
      readonly warnings: readonly string[];
    };
    expect(largestError).toBeLessThan(5e-5);
    expect(last).toMatchObject({ provider: 'webgpu', forms: ['wgsl'], rebuilds: 1 });
    expect(warnings).toEqual([
      expect.stringMatching(/^custom-ops: the WebGPU device was lost \(.+\); .* on webgpu$/),
    ]);
  } finally {
    await browser.close();
    await app.remove();
  }
});
