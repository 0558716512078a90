// A program built by Vite without a configuration file, served by its preview server.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectReport, onWebGpu, without } from './expectations.ts';
import { installApp, type App } from './install-app.ts';
import { appModel } from './model.ts';
import { start } from './running.ts';
import { expectOwnWasm, vitePreview } from './vite-preview.ts';

describe('Vite', () => {
  let app: App;
  beforeAll(async () => {
    app = await installApp('vite', { 'public/model.onnx': appModel() });
  });
  afterAll(async () => {
    await app?.remove();
  });
  const page = vitePreview(() => app);

  it('runs on WebGPU and finds the wasm by itself', async () => {
    const seen = await page.visit();
    expectReport(seen.report, onWebGpu);
    expectOwnWasm(seen);
  });

  it('runs on wasm in a browser without WebGPU', async () => {
    const { report } = await page.visit({ withoutWebGpu: true });
    expectReport(report, without('wasm'));
  });

  it('runs on the development server', async () => {
    const development = await start(app, 'vite', ['--port', '0']);
    try {
      const { report, complaints, wasm } = await page.visitAt(development.url);
      expectReport(report, onWebGpu);
      expect(complaints).toEqual([]);
      expect(wasm).toHaveLength(1);
    } finally {
      await development.close();
    }
  });
});
