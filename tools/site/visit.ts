// Visits a deployed page in a headless Chromium: types a text, reads the bars, takes a screenshot.

import { chromiumArgs } from '../setup/chromium-args.ts';

/** What the page showed. */
export interface PageVisit {
  readonly text: string;
  /** What ran: `WebGPU, SharMiX in WGSL`. */
  readonly provider: string;
  /** Names and values as shown. */
  readonly bars: readonly { readonly label: string; readonly value: string }[];
  readonly modelTime: string;
  readonly headTime: string;
}

const firstResultMs = 60_000;

/** Opens `url`, types `text`, waits for its result.
 * @param options - `executablePath` of Chromium; `screenshot`: where the PNG goes.
 * @throws Where playwright-core is missing, Chromium does not start, or the page shows an error instead of bars. */
export const visitPage = async (
  url: string,
  options: { readonly executablePath: string; readonly text: string; readonly screenshot: string },
): Promise<PageVisit> => {
  const { executablePath, text, screenshot } = options;
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath, args: [...chromiumArgs] });
  try {
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
    await page.goto(url);
    await page.waitForSelector('#bars li[data-probability], #error:visible', {
      timeout: firstResultMs,
    });
    const error = page.locator('#error:visible');
    if ((await error.count()) > 0) throw new Error((await error.textContent()) ?? 'an error');
    // One letter after the other: the last result is the whole text's.
    await page.getByLabel('Text').fill(text);
    await page.waitForFunction(
      (typed) => document.querySelector<HTMLElement>('#bars')?.dataset['text'] === typed,
      text,
    );
    await page.screenshot({ path: screenshot, fullPage: true });
    const read = async (selector: string): Promise<string> =>
      (await page.textContent(selector))?.trim() ?? '';
    const bars = await page.$$eval('#bars li', (items) =>
      items.map((item) => ({
        label: item.querySelector('.name')?.textContent ?? '',
        value: item.querySelector('.value')?.textContent ?? '',
      })),
    );
    return {
      text,
      provider: await read('#provider'),
      bars,
      modelTime: await read('#model-time'),
      headTime: await read('#head-time'),
    };
  } finally {
    await browser.close();
  }
};
