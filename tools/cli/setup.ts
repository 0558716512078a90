// `sharmix setup`: installs what training and the browser tests need and npm does not bring: tfjs-node's library, Chromium.

import type { Command } from 'commander';
import { ensureChromium } from '../setup/chromium.ts';
import { ensureTfjsNode } from '../setup/tfjs-node.ts';

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Makes tfjs-node loadable (or says what training runs on instead) and finds or installs Chromium. */
export const setUp = async (parts: { tfjs: boolean; chromium: boolean }): Promise<void> => {
  if (parts.tfjs) await ensureTfjsNode({ log });
  if (parts.chromium) await ensureChromium({ log });
};

/** Registers `sharmix setup`. */
export const registerSetup = (program: Command): void => {
  program
    .command('setup')
    .description(
      'make tfjs-node loadable and find or install Chromium (train, demo and the tests do it when needed)',
    )
    .option('--no-tfjs', 'leave tfjs-node alone')
    .option('--no-chromium', 'leave Chromium alone')
    .action(async (options: { tfjs: boolean; chromium: boolean }) => {
      await setUp(options);
    });
};
