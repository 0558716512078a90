// Opens built pages in Chromium and returns what they report. A page reports by `document.documentElement.dataset.report`, a JSON
// text; an error nobody caught, or a silence of two minutes, fails the test with everything the page said.

import { chromium, type Browser, type Page } from 'playwright-core';
import { chromiumArgs } from '../../tools/setup/chromium-args.ts';
import { ensureChromium } from '../../tools/setup/chromium.ts';
import { serveFolder } from './server.ts';

/** What happened on a page. */
export interface PageReport {
  /** What the page reported, parsed. */
  readonly report: unknown;
  /** Warnings and errors of the console, errors nobody caught, requests that failed; workers' too. */
  readonly complaints: readonly string[];
  /** Violations of the content security policy. */
  readonly violations: readonly string[];
  /** Paths the server was asked for, in order. */
  readonly requests: readonly string[];
}

/** How a page is opened. */
export interface OpenOptions {
  /** Headers of every answer: see `isolated` and `strictPolicy`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Path of the page below the folder; default: its index.html. */
  readonly path?: string;
  /** Does something with the page before it reports (type, crash a process). */
  readonly meanwhile?: (page: Page, browser: Browser) => Promise<void>;
  readonly timeoutMs?: number;
}

/** Starts a Chromium with WebGPU on a software adapter. */
export const launchChromium = async (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: await ensureChromium({ log: () => {} }),
    args: [...chromiumArgs, ...args],
  });

/** Collects what a page complains of. */
export const watchPage = (page: Page): string[] => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('requestfailed', (request) => {
    complaints.push(`failed: ${request.url()} ${request.failure()?.errorText ?? ''}`);
  });
  page.on('crash', () => complaints.push('the page crashed'));
  return complaints;
};

const isViolation = (line: string): boolean => line.includes('Content Security Policy');

/** Waits for the report of an open page.
 * @throws {Error} An error nobody caught, or no report in time: with the complaints so far. */
export const reportOf = async (
  page: Page,
  complaints: readonly string[],
  timeoutMs = 120_000,
): Promise<unknown> => {
  const uncaught = new Promise<never>((_, reject) => {
    page.on('pageerror', () => reject(new Error('the page failed')));
    page.on('crash', () => reject(new Error('the page crashed')));
  });
  try {
    // Not waitForFunction: it evaluates text, which a policy may forbid.
    const reported = page.waitForSelector('html[data-report]', {
      state: 'attached',
      timeout: timeoutMs,
    });
    reported.catch(() => undefined);
    const element = await Promise.race([reported, uncaught]);
    return JSON.parse((await element.getAttribute('data-report')) ?? '');
  } catch (cause) {
    const said = complaints.length === 0 ? 'nothing' : `\n${complaints.join('\n')}`;
    throw new Error(`The page made no report. It said: ${said}`, { cause });
  }
};

/** Serves a folder, opens its page in `browser`, and waits for its report. */
export const openPage = async (
  browser: Browser,
  folder: string,
  { headers = {}, path = '', meanwhile, timeoutMs }: OpenOptions = {},
): Promise<PageReport> => {
  const server = await serveFolder(folder, headers);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const complaints = watchPage(page);
    await page.goto(new URL(path, server.url).href);
    const [report] = await Promise.all([
      reportOf(page, complaints, timeoutMs),
      meanwhile?.(page, browser),
    ]);
    return {
      report,
      complaints: complaints.filter((line) => !isViolation(line)),
      violations: complaints.filter(isViolation),
      requests: server.requests,
    };
  } finally {
    await context.close().catch(() => undefined);
    await server.close();
  }
};
