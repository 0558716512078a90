// The deployed page in Chromium: WebGPU and WebAssembly, bars, sliders, zeros, keyboard, policy, errors.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sharmix } from '../../../ops/sharmix/math/index.ts';
import { chromiumArgs } from '../../../tools/setup/chromium-args.ts';
import { ensureChromium } from '../../../tools/setup/chromium.ts';
import { labels, smallClassifier, trained } from './small-classifier.ts';

const timeout = 120_000;
let folder: string;
let server: ChildProcess;
let url: string;
let executablePath: string;
let withGpu: Browser;
let withoutGpu: Browser;
let context: BrowserContext | undefined;
let complaints: string[];

const main = fileURLToPath(new URL('../../../dist/tools/cli/main.js', import.meta.url));

/** Starts the command and waits for the address it prints. */
const serve = async (model: string, out: string): Promise<string> => {
  server = spawn(
    process.execPath,
    [main, 'deploy', model, '--out', out, '--serve', '--port', '0'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const lines: string[] = [];
  for await (const line of createInterface({ input: server.stderr! })) {
    lines.push(line);
    const address = /^http:\S+/.exec(line)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error(`deploy ended: ${lines.join('\n')}`);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sharmix-page-'));
  await writeFile(join(folder, 'model.onnx'), await smallClassifier());
  url = await serve(join(folder, 'model.onnx'), join(folder, 'site'));
  executablePath = await ensureChromium({ log: () => {} });
  withGpu = await chromium.launch({ executablePath, args: [...chromiumArgs] });
  withoutGpu = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-features=WebGPU,WebGPUService', '--disable-gpu'],
  });
}, timeout);

afterEach(async () => {
  await context?.close();
});

afterAll(async () => {
  await withGpu?.close();
  await withoutGpu?.close();
  server?.kill();
  await rm(folder, { recursive: true, force: true });
});

const watch = (page: Page): void => {
  complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
};

/** Opens the page and waits for its first result. */
const open = async (browser: Browser, options = {}): Promise<Page> => {
  context = await browser.newContext(options);
  const page = await context.newPage();
  watch(page);
  await page.goto(url);
  await page.waitForSelector('#bars li[data-probability]', { timeout: 60_000 });
  return page;
};

const probabilities = (page: Page): Promise<number[]> =>
  page.$$eval('#bars li', (items) =>
    items.map((item) => Number((item as HTMLElement).dataset['probability'])),
  );

/** Waits until the bars show `expected` within float32's reach. */
const shows = async (page: Page, expected: ArrayLike<number>): Promise<void> => {
  await expect
    .poll(() => probabilities(page), { timeout: 10_000 })
    .toEqual(Array.from(expected, (p): unknown => (p === 0 ? 0 : expect.closeTo(p, 4))));
};

const type = (page: Page, text: string): Promise<void> => page.getByLabel('Text').fill(text);

const set = (page: Page, slider: string, value: number): Promise<void> =>
  page.getByRole('slider', { name: slider }).fill(String(value));

// The mean over two known words: the logits are half their sum.
const text = 'prize meeting';
const logits = [2, 2, 0];

describe('the page', { timeout }, () => {
  it('classifies on WebGPU, with SharMiX in WGSL, without a complaint of the console', async () => {
    const page = await open(withGpu);
    expect(await page.textContent('#provider')).toBe('WebGPU, SharMiX in WGSL');
    expect(await page.locator('#bars .name').allTextContents()).toEqual(labels);
    await type(page, text);
    await shows(page, sharmix(logits, trained));
    const sum = (await probabilities(page)).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 5);
    expect(await page.textContent('#model-time')).toMatch(/^\d+(\.\d)? ms$/);
    expect(await page.textContent('#head-time')).toMatch(/^\d+(\.\d)? ms$/);
    expect(await page.locator('#error').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });

  it('shows an exact zero as such', async () => {
    const page = await open(withGpu);
    await type(page, 'free prize');
    await expect.poll(() => page.textContent('#bars li:nth-child(3) .value')).toBe('0 exactly');
    await expect
      .poll(() => page.textContent('#summary'))
      .toBe('Most likely spam; 2 of 3 classes exactly zero.');
    await page.getByRole('button', { name: 'softmax' }).click();
    await expect
      .poll(() => page.textContent('#bars li:nth-child(3) .value'))
      .toMatch(/^\d+\.\d %$/);
  });

  it('moves the bars with each slider', async () => {
    const page = await open(withGpu);
    await type(page, 'free meeting');
    const z = [2, 2.25, 0];
    await set(page, 'Index q', 1.2);
    await shows(page, sharmix(z, { ...trained, q: 1.2 }));
    await set(page, 'Index r', 1.9);
    await shows(page, sharmix(z, { q: 1.2, r: 1.9 }));
    await set(page, 'Temperature', Math.log10(0.5));
    const temperature = 10 ** Number(await page.getByLabel('Temperature').inputValue());
    await shows(page, sharmix(z, { q: 1.2, r: 1.9, temperature }));
    await page.getByRole('button', { name: 'as trained' }).click();
    await shows(page, sharmix(z, trained));
    expect(complaints).toEqual([]);
  });

  it.each([
    ['softmax', 1],
    ['entmax 1.5', 1.5],
    ['sparsemax', 2],
  ])('has %s as a point of the square', async (name, q) => {
    const page = await open(withGpu);
    await type(page, 'free meeting');
    const button = page.getByRole('button', { name, exact: true });
    await button.click();
    await shows(page, sharmix([2, 2.25, 0], { q, r: q }));
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    expect(await page.getByLabel('Index q').inputValue()).toBe(String(q));
    expect(await page.locator('#pad .point-name', { hasText: name }).count()).toBe(1);
  });

  it('moves with the pointer on the square', async () => {
    const page = await open(withGpu);
    const square = (await page.locator('#pad .square').boundingBox())!;
    await page.mouse.click(square.x + square.width / 4, square.y + square.height / 4);
    expect(Number(await page.getByLabel('Index q').inputValue())).toBeCloseTo(1.25, 1);
    expect(Number(await page.getByLabel('Index r').inputValue())).toBeCloseTo(1.75, 1);
  });

  it('works from the keyboard', async () => {
    const page = await open(withGpu);
    await type(page, text);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('q');
    await page.keyboard.press('Home');
    await expect.poll(() => page.getByLabel('Index q').inputValue()).toBe('1');
    await shows(page, sharmix(logits, { ...trained, q: 1 }));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await shows(page, sharmix(logits, trained));
  });

  it('follows fast typing to the last letter', async () => {
    const page = await open(withGpu);
    await page.getByLabel('Text').fill('');
    await page.getByLabel('Text').pressSequentially('cheese recipe');
    await shows(page, sharmix([0.25, 0, 4], trained));
    expect(complaints).toEqual([]);
  });

  it('runs on WebAssembly where there is no WebGPU, and says so', async () => {
    const page = await open(withoutGpu);
    expect(await page.textContent('#provider')).toBe('WebAssembly, SharMiX in JavaScript');
    await type(page, text);
    await shows(page, sharmix(logits, trained));
    await set(page, 'Index q', 1.2);
    await shows(page, sharmix(logits, { ...trained, q: 1.2 }));
    // Chromium itself warns where it is asked for an adapter it does not have.
    const chromiums = ['No available adapters.', 'Failed to create WebGPU Context Provider'];
    expect(complaints.filter((line) => !chromiums.includes(line))).toEqual([]);
  });

  it('fits a phone: nothing is wider than the screen', async () => {
    const page = await open(withGpu, { viewport: { width: 320, height: 640 } });
    const { wide, screen } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      screen: window.innerWidth,
    }));
    expect(wide).toBeLessThanOrEqual(screen);
  });

  it('is dark where the system is', async () => {
    const page = await open(withGpu, { colorScheme: 'dark' });
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [red] = /\d+/.exec(ground) ?? [];
    expect(Number(red)).toBeLessThan(60);
  });

  it('has no script but its own: the policy refuses an inline one', async () => {
    const page = await open(withGpu);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "injected"';
      document.head.append(script);
    });
    expect(await page.title()).not.toBe('injected');
    expect(complaints.join()).toContain('Content Security Policy');
  });

  it('asks no other server', async () => {
    const hosts = new Set<string>();
    context = await withGpu.newContext();
    const page = await context.newPage();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    await page.goto(url);
    await page.waitForSelector('#bars li[data-probability]', { timeout: 60_000 });
    hosts.delete('');
    expect([...hosts]).toEqual([new URL(url).host]);
  });

  it('says what is wrong where the model is missing', async () => {
    context = await withGpu.newContext();
    const page = await context.newPage();
    await page.route('**/model.onnx', (route) => route.fulfill({ status: 404, body: '' }));
    await page.goto(url);
    await page.waitForSelector('#error:visible');
    expect(await page.getByRole('alert').textContent()).toContain(
      'model.onnx cannot be loaded: HTTP 404',
    );
  });

  it('says what is wrong where the model is no model', async () => {
    context = await withGpu.newContext();
    const page = await context.newPage();
    await page.route('**/model.onnx', (route) => route.fulfill({ body: '<html>not here</html>' }));
    await page.goto(url);
    await page.waitForSelector('#error:visible');
    expect(await page.getByRole('alert').textContent()).toContain('ONNX');
  });
});
