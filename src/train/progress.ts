// A progress bar for training: one line that is redrawn on a terminal, one line an epoch elsewhere.

import type { ProgressEvent, ProgressListener } from './events.ts';
import type { ClassifierMetrics } from './metrics.ts';

/** Where the bar is drawn: the part of a stream it needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const barWidth = 20;
const redrawMs = 100;

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

const textOf = ({ loss, accuracy, macroF1 }: ClassifierMetrics): string =>
  `loss ${loss.toFixed(4)}  accuracy ${percent(accuracy)}  macro-F1 ${percent(macroF1)}`;

/** The line of an event, without the end of line. */
export const progressLine = (event: ProgressEvent): string => {
  const { epoch, epochs, batch, batches, metrics, watched, record } = event;
  const filled = Math.round((barWidth * batch) / batches);
  const bar = '#'.repeat(filled).padEnd(barWidth, '.');
  const own = Object.entries(watched).map(([name, value]) => `  ${name} ${value.toFixed(3)}`);
  const validation =
    record?.validation === undefined ? '' : `  validation ${textOf(record.validation)}`;
  const head = `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs} [${bar}]`;
  return `${head} ${textOf(metrics)}${own.join('')}${validation}`;
};

/** A listener that draws the bar with loss, accuracy, macro-F1 and the watched values. */
export const progressBar = (stream: ProgressStream = process.stderr): ProgressListener => {
  let drawnAt = 0;
  return (event) => {
    if (stream.isTTY !== true) {
      if (event.record !== undefined) stream.write(`${progressLine(event)}\n`);
      return;
    }
    const now = Date.now();
    if (event.record === undefined && now - drawnAt < redrawMs) return;
    drawnAt = now;
    const line = progressLine(event);
    const fitted =
      event.record === undefined ? line.slice(0, Math.max(20, (stream.columns ?? 80) - 1)) : line;
    stream.write(`\r\u001B[K${fitted}${event.record === undefined ? '' : '\n'}`);
  };
};
