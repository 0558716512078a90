// Pages and workers in Chromium: with and without SharedArrayBuffer, one thread and two, a strict content security policy, two
// copies of onnxruntime.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, openPage } from './browser.ts';
import { buildWithEsbuild, type Built } from './bundle.ts';
import { isolated, strictPolicy } from './server.ts';
import { expected, model } from './web/program.ts';

const source = (name: string, extension = 'ts'): URL =>
  new URL(`./web/${name}.${extension}`, import.meta.url);

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

const near: unknown = expect.toSatisfy((error: number) => error < 5e-5);
const right = (provider: string, form: string): unknown => ({
  provider,
  forms: [form],
  rebuilds: 0,
  largestError: near,
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
    expect(complaints.join('\n')).toMatch(isWarned ? /^env.wasm.numThreads is set to 2/ : /^$/);
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
    expect(complaints.join('\n')).toMatch(isWarned ? /^env.wasm.numThreads is set to 2/ : /^$/);
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

describe('the worker of the README', () => {
  it('is the program that runs here', async () => {
    const program = await readFile(source('readme-worker', 'js'), 'utf8');
    const readme = new URL('../../src/runtime/README.md', import.meta.url);
    const code = program.slice(program.indexOf('import'));
    expect(await readFile(readme, 'utf8')).toContain(`// worker.js\n${code}\`\`\``);
    const app = await buildWithEsbuild(
      { main: source('readme-page'), worker: source('readme-worker', 'js') },
      ortFiles,
    );
    try {
      await writeFile(join(app.folder, 'model.onnx'), model());
      const { report, complaints } = await openPage(browser, app.folder, { headers: strictPolicy });
      expect(report).toEqual({
        y: Array.from(expected.slice(0, 3), (p): unknown => expect.closeTo(p, 4)),
        providers: ['webgpu'],
        rebuilds: 0,
      });
      expect(complaints).toEqual([]);
    } finally {
      await app.remove();
    }
  });
});
