// Pipelines of transformers.js on models with custom operators, in Node and in a program built by Vite.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onWebGpu, without, type Ran } from './expectations.ts';
import { installApp, type App } from './install-app.ts';
import { expectedScores, mailModel, type Score } from './mail-model.ts';
import { expectOwnWasm, vitePreview } from './vite-preview.ts';

/** The texts that both programs classify. */
const texts = ['free prize', 'dinner tomorrow friend'];

const expectScores = (report: unknown, ran: Ran): void => {
  expect(report).toMatchObject({ ...ran });
  const { scores } = report as { readonly scores: readonly (readonly Score[])[] };
  expect(scores).toHaveLength(texts.length);
  texts.forEach((text, row) => {
    const wanted = expectedScores(text);
    expect(Object.values(wanted)).toContain(0);
    expect(scores[row]).toHaveLength(3);
    for (const { label, score } of scores[row]!) {
      if (wanted[label] === 0) expect(score).toBe(0);
      else expect(Math.abs(score - wanted[label]!)).toBeLessThan(1e-6);
    }
  });
};

describe('transformers.js', () => {
  let app: App;
  beforeAll(async () => {
    app = await installApp('transformers', mailModel('public/models/mails'));
  });
  afterAll(async () => {
    await app?.remove();
  });

  it('runs a pipeline in Node', async () => {
    expectScores(JSON.parse(await app.node('node.js')), without('cpu'));
  });

  describe('in a program built by Vite', () => {
    const page = vitePreview(() => app);

    it('runs a pipeline on WebGPU and finds the wasm by itself', async () => {
      const seen = await page.visit();
      expectScores(seen.report, onWebGpu);
      expectOwnWasm(seen);
    });
  });
});
