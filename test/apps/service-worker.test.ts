// A module service worker, built by Vite, that answers the page's fetches with the model's results. `import()` is forbidden there.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectReport, onWebGpu } from './expectations.ts';
import { installApp, type App } from './install-app.ts';
import { appModel } from './model.ts';
import { expectOwnWasm, vitePreview } from './vite-preview.ts';

describe('a module service worker', () => {
  let app: App;
  beforeAll(async () => {
    app = await installApp('service-worker', { 'public/model.onnx': appModel() });
  });
  afterAll(async () => {
    await app?.remove();
  });
  const page = vitePreview(() => app);

  it('answers fetches on WebGPU and finds the wasm by itself', async () => {
    const seen = await page.visit();
    expectReport(seen.report, onWebGpu);
    expectOwnWasm(seen);
  });

  it('answers again after the browser stopped it', async () => {
    const { wasm } = await page.visit({
      afterwards: async (opened) => {
        const devtools = await opened.context().newCDPSession(opened);
        await devtools.send('ServiceWorker.enable');
        await devtools.send('ServiceWorker.stopAllWorkers');
        const answer = await opened.evaluate(async () => {
          const response = await fetch('/classify?x=1,2,3&x=-1,0.5,2');
          return response.text();
        });
        expectReport(JSON.parse(answer), onWebGpu);
      },
    });
    // Once at each start.
    expect(wasm).toHaveLength(2);
  });
});
