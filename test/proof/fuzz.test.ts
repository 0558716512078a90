// A short run of the fuzzer, the same every time: mutated models and feeds and random graphs, plain onnxruntime beside ours, each
// in a process of its own. It runs the built files, as the command does.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCampaign, type Totals } from '../../tools/fuzz/campaign.ts';
import { ensureOnnxTestdata } from '../../tools/setup/onnx-testdata.ts';

const out = mkdtempSync(join(tmpdir(), 'sharmix-fuzz-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const log = (line: string): void => console.log(line);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const summaryOf = ({ plainRss, ownRss, kinds, ...counts }: Totals): string =>
  JSON.stringify({
    ...counts,
    randomGraphs: kinds['random graph'],
    plainMiB: Math.round(mean(plainRss) / 2 ** 20),
    ownMiB: Math.round(mean(ownRss) / 2 ** 20),
  });

describe('fuzzing', () => {
  it('finds no crash, hang, wrong answer, leak or unclear error that plain onnxruntime has not', async () => {
    const corpus = await ensureOnnxTestdata({ log });
    const { totals, differences } = await runCampaign({
      seed: 7,
      durationMs: 15_000,
      batch: 400,
      corpus,
      limit: 100,
      out,
      log,
    });
    log(summaryOf(totals));
    expect(differences).toEqual([]);
    expect(totals.tried).toBeGreaterThanOrEqual(400);
    expect(totals.refused).toBeGreaterThan(0);
    expect(totals.own['outputs']).toBeGreaterThan(totals.tried / 4);
    // Each batch in a fresh process: what a session leaves behind would add up over 400 of them.
    expect(mean(totals.ownRss)).toBeLessThan(mean(totals.plainRss) * 1.5);
  });
});
