// Checkpoint files: round trip, broken files, files that cannot be written. The progress line.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../../../src/train/checkpoint.ts';
import { progressBar, type ProgressEvent } from '../../../src/train/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sharmix-checkpoint-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const metrics = { loss: 0.5, accuracy: 0.75, macroF1: 0.7, zeros: 0.25, confusion: [[1]] };

const checkpoint: Checkpoint = {
  fingerprint: { seed: 1, data: 'ä' },
  random: [1, 2, 3, 4],
  history: [{ epoch: 1, train: metrics, validation: metrics, watched: { q: 1.5 } }],
  weights: [Float32Array.of(1, 2.5, -0, NaN), new Float32Array(0)],
  adam: {
    step: 7,
    betaPowers: [0.9 ** 7, 0.999 ** 7],
    moments: [{ m: Float32Array.of(1e-30, 2), v: Float32Array.of(3, 4) }],
  },
  best: { epoch: 1, weights: [Float32Array.of(9)] },
  stoppedEarly: false,
};

describe('checkpoint', () => {
  it('comes back exactly', async () => {
    const path = join(folder, 'whole');
    await saveCheckpoint(path, checkpoint);
    expect(await loadCheckpoint(path)).toEqual(checkpoint);
  });

  it('is undefined where there is no file', async () => {
    expect(await loadCheckpoint(join(folder, 'none'))).toBeUndefined();
  });

  it('is refused when cut off anywhere, or another kind of file', async () => {
    const path = join(folder, 'whole');
    await saveCheckpoint(path, checkpoint);
    const bytes = new Uint8Array(readFileSync(path));
    const cut = join(folder, 'cut');
    for (let length = 0; length < bytes.length; length += 3) {
      writeFileSync(cut, bytes.subarray(0, length));
      await expect(loadCheckpoint(cut), `${length} bytes`).rejects.toThrow(
        /must be a whole checkpoint of this package/,
      );
    }
    writeFileSync(cut, 'text,label\nhello,1\n');
    await expect(loadCheckpoint(cut)).rejects.toThrow(/got another kind of file/);
  });

  it('says why it cannot be written', async () => {
    await expect(saveCheckpoint(join(folder, 'no/such/folder'), checkpoint)).rejects.toThrow(
      /could not be written, got its folder does not exist/,
    );
  });
});

describe('progress bar', () => {
  const event: ProgressEvent = {
    epoch: 2,
    epochs: 10,
    batch: 5,
    batches: 10,
    metrics,
    watched: { q: 1.25, r: 1.5 },
  };
  const record = { epoch: 2, train: metrics, validation: metrics, watched: event.watched };

  const written = (isTTY: boolean, events: readonly ProgressEvent[]): string => {
    let text = '';
    const listener = progressBar({
      isTTY,
      columns: 200,
      write: (part) => {
        text += part;
      },
    });
    for (const one of events) listener(one);
    return text;
  };

  it('shows loss, accuracy, macro-F1, q and r on a terminal', () => {
    expect(written(true, [event])).toBe(
      '\r\u001B[Kepoch  2/10 [##########..........] loss 0.5000  accuracy 75.0%  macro-F1 70.0%  q 1.250  r 1.500',
    );
  });

  it('writes one line an epoch where there is no terminal', () => {
    const text = written(false, [event, { ...event, batch: 10, record }]);
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toMatch(/^epoch {2}2\/10 .* validation loss 0.5000 {2}accuracy 75.0%/);
  });
});
