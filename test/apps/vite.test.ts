// A program built by Vite without a configuration file, served by its preview server.

import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './browser.ts';
import { expectOneWasm, expectReport, onWebGpu, without } from './expectations.ts';
import { installApp, type App } from './install-app.ts';
import { appModel } from './model.ts';
import { start, visit, type Running } from './running.ts';

describe('Vite', () => {
  let app: App;
  let browser: Browser;
  let server: Running;
  beforeAll(async () => {
    app = await installApp('vite', { 'public/model.onnx': appModel() });
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

  it('runs on WebGPU and finds the wasm by itself', async () => {
    const { report, complaints, wasm } = await visit(browser, server.url);
    expectReport(report, onWebGpu);
    expect(complaints).toEqual([]);
    expect(wasm).toEqual([
      expect.stringMatching(/^\/assets\/ort-wasm-simd-threaded\.asyncify.*\.wasm$/),
    ]);
  });

  it('runs on wasm in a browser without WebGPU', async () => {
    const { report } = await visit(browser, server.url, { withoutWebGpu: true });
    expectReport(report, without('wasm'));
  });

  it('runs on the development server', async () => {
    const development = await start(app, 'vite', ['--port', '0']);
    try {
      const { report, complaints, wasm } = await visit(browser, development.url);
      expectReport(report, onWebGpu);
      expect(complaints).toEqual([]);
      expect(wasm).toHaveLength(1);
    } finally {
      await development.close();
    }
  });
});
