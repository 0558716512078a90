// A page without a bundler: node_modules served as it is, and three lines of an import map.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, openPage } from './browser.ts';
import { expectReport, onWebGpu, without } from './expectations.ts';
import { installApp, type App } from './install-app.ts';
import { appModel } from './model.ts';
import { visit } from './running.ts';
import { serveFolder } from './server.ts';

describe('plain HTML with an import map', () => {
  let app: App;
  let browser: Browser;
  beforeAll(async () => {
    app = await installApp('import-map', { 'model.onnx': appModel() });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.remove();
  });

  it('runs on WebGPU, finds the wasm by itself and loads it once', async () => {
    const { report, complaints, requests } = await openPage(browser, app.folder);
    expectReport(report, onWebGpu);
    expect(complaints).toEqual([]);
    expect(requests.filter((path) => path.endsWith('.wasm'))).toEqual([
      '/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm',
    ]);
  });

  it('runs on wasm in a browser without WebGPU', async () => {
    const server = await serveFolder(app.folder);
    try {
      const { report } = await visit(browser, server.url, { withoutWebGpu: true });
      expectReport(report, without('wasm'));
    } finally {
      await server.close();
    }
  });
});
