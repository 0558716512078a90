// Which WebGPU adapter a Chromium offers, asked in a headless page.

import { chromiumArgs } from './chromium-args.ts';

/** Vendor and architecture of the adapter (`google swiftshader`), undefined where there is none.
 * @throws Where playwright-core is not installed or Chromium does not start. */
export const webgpuAdapter = async (executablePath: string): Promise<string | undefined> => {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath, args: [...chromiumArgs] });
  try {
    const page = await browser.newPage();
    // navigator.gpu exists in secure contexts only: an https address that is answered here, without a network.
    await page.route('https://adapter.test/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>adapter</title>' }),
    );
    await page.goto('https://adapter.test/');
    return await page.evaluate(async () => {
      const adapter = await navigator.gpu?.requestAdapter();
      return adapter ? `${adapter.info.vendor} ${adapter.info.architecture}`.trim() : undefined;
    });
  } finally {
    await browser.close();
  }
};
