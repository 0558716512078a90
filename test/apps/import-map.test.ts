// A page without a bundler: node_modules served as it is, and three lines of an import map.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bigintOf } from '../../src/onnx/integers.ts';
import type * as Proto from '../../src/onnx/proto.ts';
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

  it('reads 64-bit integers exactly, without the package long', async () => {
    const url = pathToFileURL(join(app.folder, 'node_modules/sharmix/dist/src/onnx/proto.js')).href;
    const { onnx } = (await import(/* @vite-ignore */ url)) as typeof Proto;
    // Field 3 (i) of AttributeProto, 2^60 + 1 as a varint.
    const bytes = Uint8Array.of(0x18, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10);
    expect(bigintOf(onnx.AttributeProto.decode(bytes).i, 'test')).toBe(2n ** 60n + 1n);
  });
});
