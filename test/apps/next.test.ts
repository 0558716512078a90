// Next.js: a page rendered on the server with a component that runs the model in the browser.

import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './browser.ts';
import { expectOneWasm, expectReport, onWebGpu } from './expectations.ts';
import { installApp, type App } from './install-app.ts';
import { appModel } from './model.ts';
import { start, visit, type Running } from './running.ts';

describe('Next.js', () => {
  let app: App;
  let browser: Browser;
  let server: Running;
  beforeAll(async () => {
    app = await installApp('next', { 'public/model.onnx': appModel() });
    await app.run('next', ['build']);
    server = await start(app, 'next', ['start', '--port', '0']);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await app?.remove();
  });

  it('ships the wasm once to the browser', async () => {
    await expectOneWasm(join(app.folder, '.next', 'static'));
  });

  it('renders the page on the server', async () => {
    const html = await (await fetch(server.url)).text();
    expect(html).toContain('Rendered on the server');
    expect(html).toContain('<output>loading</output>');
  });

  it('runs on WebGPU in the browser and finds the wasm by itself', async () => {
    const { report, complaints, wasm } = await visit(browser, server.url);
    expectReport(report, onWebGpu);
    expect(complaints).toEqual([]);
    expect(wasm).toEqual([expect.stringMatching(/^\/_next\/static\/.*\.wasm$/)]);
  });
});
