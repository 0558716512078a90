// Pages and workers in Chromium: with and without SharedArrayBuffer, one thread and two, a strict content security policy, two
// copies of onnxruntime.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, openPage } from './browser.ts';
import { buildWithEsbuild, type Built } from './bundle.ts';
import { isolated, strictPolicy } from './server.ts';

const source = (name: string): URL => new URL(`./web/${name}.ts`, import.meta.url);

const ortFiles = [
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
];

let browser: Browser;
const apps = new Map<string, Built>();

beforeAll(async () => {
  browser = await launchChromium();
  apps.set('page', await buildWithEsbuild({ main: source('page') }, ortFiles));
  apps.set(
    'worker',
    await buildWithEsbuild({ main: source('worker-page'), worker: source('worker') }, ortFiles),
  );
  apps.set('copies', await buildWithEsbuild({ main: source('copies') }, ortFiles));
});

afterAll(async () => {
  await browser?.close();
  for (const app of apps.values()) await app.remove();
});

const right = (provider: string, form: string): unknown => ({
  provider,
  forms: [form],
  rebuilds: 0,
  largestError: expect.toSatisfy((error: number) => error < 5e-5),
});
const onWebGpu = right('webgpu', 'wgsl');
const onWasm = right('wasm', 'js');

describe.each([
  ['without SharedArrayBuffer', strictPolicy, false],
  ['with SharedArrayBuffer', { ...isolated, ...strictPolicy }, true],
] as const)('under a strict policy, %s', (_, headers, shared) => {
  it.each([1, 2])('a page runs on WebGPU and in WebAssembly, numThreads %i', async (threads) => {
    const folder = apps.get('page')!.folder;
    const { report, complaints, violations, requests } = await openPage(browser, folder, {
      headers,
      path: `?threads=${threads}`,
    });
    expect(violations).toEqual([]);
    // onnxruntime itself goes back to one thread where memory cannot be shared, and says so.
    const isWarned = threads === 2 && !shared;
    expect(complaints).toEqual(isWarned ? [expect.stringContaining('numThreads')] : []);
    expect(report).toEqual({
      isolated: shared,
      shared,
      threads,
      webgpu: onWebGpu,
      wasm: onWasm,
    });
    expect(requests.filter((path) => path.endsWith('.wasm'))).toEqual([
      '/ort-wasm-simd-threaded.asyncify.wasm',
    ]);
  });

  it.each([1, 2])('a worker does, numThreads %i', async (threads) => {
    const folder = apps.get('worker')!.folder;
    const { report, complaints, violations } = await openPage(browser, folder, {
      headers,
      path: `?threads=${threads}`,
    });
    expect(violations).toEqual([]);
    const isWarned = threads === 2 && !shared;
    expect(complaints).toEqual(isWarned ? [expect.stringContaining('numThreads')] : []);
    expect(report).toEqual({ isWorker: true, webgpu: onWebGpu, wasm: onWasm });
  });
});

describe('two copies of onnxruntime on one page', () => {
  it('each run their sessions, on WebGPU and in WebAssembly, at once', async () => {
    const { report, complaints } = await openPage(browser, apps.get('copies')!.folder, {
      headers: strictPolicy,
    });
    expect(report).toEqual({
      outcomes: [onWebGpu, onWasm, onWebGpu, onWasm],
      again: [onWasm, onWasm],
    });
    // The copy without WebGPU says that it has none.
    expect(complaints.length).toBeGreaterThan(0);
    expect(complaints.join('\n')).toMatch(
      /custom-ops: provider webgpu cannot run model .*; trying wasm/,
    );
  });
});
