// A module service worker, built by Vite, that answers the page's fetches with the model's results. `import()` is forbidden there.

import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './browser.ts';
import { expectOneWasm, expectReport, onWebGpu } from './expectations.ts';
import { installApp, type App } from './install-app.ts';
import { appModel } from './model.ts';
import { start, visit, type Running } from './running.ts';

describe('a module service worker', () => {
  let app: App;
  let browser: Browser;
  let server: Running;
  beforeAll(async () => {
    app = await installApp('service-worker', { 'public/model.onnx': appModel() });
    await app.run('vite', ['build']);
    server = await start(app, 'vite', ['preview', '--port', '0']);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await app?.remove();
  });

  it('ships the wasm once', async () => {
    await expectOneWasm(join(app.folder, 'dist'));
  });

  it('answers fetches on WebGPU and finds the wasm by itself', async () => {
    const { report, complaints, wasm } = await visit(browser, server.url);
    expectReport(report, onWebGpu);
    expect(complaints).toEqual([]);
    expect(wasm).toEqual([
      expect.stringMatching(/^\/assets\/ort-wasm-simd-threaded\.asyncify.*\.wasm$/),
    ]);
  });

  it('answers again after the browser stopped it', async () => {
    const { wasm } = await visit(browser, server.url, {
      afterwards: async (page) => {
        const devtools = await page.context().newCDPSession(page);
        await devtools.send('ServiceWorker.enable');
        await devtools.send('ServiceWorker.stopAllWorkers');
        const answer = await page.evaluate(async () => {
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
