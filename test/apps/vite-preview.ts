// An app that Vite builds and its preview server serves, for the tests of a describe block.

import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from './browser.ts';
import { expectOneWasm } from './expectations.ts';
import type { App } from './install-app.ts';
import { start, visit, type Running, type Visit, type VisitOptions } from './running.ts';

/** A built app with its server and a browser. */
export interface Preview {
  /** Opens the app's page. */
  readonly visit: (options?: VisitOptions) => Promise<Visit>;
  /** Opens another page of the same browser. */
  readonly visitAt: (url: string) => Promise<Visit>;
}

/** Builds and serves the app before the tests of the block; one of them is that it ships the wasm once.
 * @param appOf - The app, installed by then. */
export const vitePreview = (appOf: () => App): Preview => {
  let browser: Browser;
  let server: Running;
  beforeAll(async () => {
    await appOf().run('vite', ['build']);
    server = await start(appOf(), 'vite', ['preview', '--port', '0']);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('ships the wasm once', async () => {
    await expectOneWasm(join(appOf().folder, 'dist'));
  });

  return {
    visit: (options) => visit(browser, server.url, options),
    visitAt: (url) => visit(browser, url),
  };
};

/** Checks that a page complained of nothing and loaded the wasm that Vite put beside it, by itself. */
export const expectOwnWasm = ({ complaints, wasm }: Visit): void => {
  expect(complaints).toEqual([]);
  expect(wasm).toEqual([
    expect.stringMatching(/^\/assets\/ort-wasm-simd-threaded\.asyncify.*\.wasm$/),
  ]);
};
