// Starts an app's own server (vite preview, next start) and opens its pages.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { reportOf, watchPage } from './browser.ts';
import { environment, type App } from './install-app.ts';

/** A server in a process of its own. */
export interface Running {
  /** `http://localhost:1234/`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a server of the app's packages and waits for the address it prints.
 * @throws {Error} It ends before, or prints none for a minute: with its output. */
export const start = (app: App, program: string, args: readonly string[]): Promise<Running> =>
  new Promise((resolve, reject) => {
    const child = spawn(join(app.folder, 'node_modules', '.bin', program), [...args], {
      cwd: app.folder,
      env: environment({ NO_COLOR: '1' }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<void>((done) => child.once('close', () => done()));
    const close = async (): Promise<void> => {
      child.kill();
      await ended;
    };
    let said = '';
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill();
      reject(new Error(`${program} ${args.join(' ')} ${why}:\n${said}`));
    };
    const timer = setTimeout(() => fail('printed no address'), 60_000);
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      const url = /http:\/\/localhost:\d+/.exec(said)?.[0];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve({ url: `${url}/`, close });
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended with ${code}`));
  });

/** What happened on a page. */
export interface Visit {
  readonly report: unknown;
  readonly complaints: readonly string[];
  /** Paths of the wasm files that the page and its workers loaded. */
  readonly wasm: readonly string[];
}

/** How a page is visited. */
export interface VisitOptions {
  /** Takes WebGPU away from the page, as in a browser that has none. */
  readonly withoutWebGpu?: boolean;
  /** Does something with the page once it has reported. */
  readonly afterwards?: (page: Page) => Promise<void>;
}

const hideWebGpu = (): void => {
  Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined });
};

/** Opens an address in a fresh context and waits for the page's report. */
export const visit = async (
  browser: Browser,
  url: string,
  { withoutWebGpu = false, afterwards }: VisitOptions = {},
): Promise<Visit> => {
  const context: BrowserContext = await browser.newContext();
  try {
    if (withoutWebGpu) await context.addInitScript(hideWebGpu);
    const wasm: string[] = [];
    context.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.endsWith('.wasm')) wasm.push(pathname);
    });
    const page: Page = await context.newPage();
    const complaints = watchPage(page);
    await page.goto(url);
    const report = await reportOf(page, complaints);
    await afterwards?.(page);
    return { report, complaints, wasm };
  } finally {
    await context.close();
  }
};
