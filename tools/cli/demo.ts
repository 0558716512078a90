// `sharmix demo`: the whole way in one go. Trains, exports, classifies in Node with the kernel and with the function body, and opens
// the deployed page in a headless Chromium.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { RuntimeError, messageOf } from '../../src/schema/index.ts';
import { serveSite } from '../site/serve.ts';
import { setUp } from './setup.ts';
import { ensureChromium } from '../setup/chromium.ts';
import { visitPage, type PageVisit } from '../site/visit.ts';
import { UsageError } from './usage-error.ts';

const texts: readonly string[] = [
  'Congratulations! You have been selected for a free prize, click here to claim your money now',
  'I have rebased the patch and the kernel compiles again, could you run the test suite on your machine?',
  'This week in our newsletter: new features, conference dates and how to unsubscribe',
];

const main = fileURLToPath(new URL('main.js', import.meta.url));

const step = (title: string): void => {
  process.stdout.write(`\n== ${title}\n`);
};

/** Runs one of the package's own commands, as a user would type it. */
const sharmix = (...args: readonly string[]): void => {
  const typed = args.map((arg) => (arg.includes(' ') ? JSON.stringify(arg) : arg)).join(' ');
  process.stdout.write(`$ sharmix ${typed}\n`);
  const { status } = spawnSync(process.execPath, [main, ...args], { stdio: 'inherit' });
  if (status === 0) return;
  throw new RuntimeError({
    where: 'demo',
    what: `sharmix ${args[0]}`,
    rule: 'must exit with 0',
    actual: String(status),
    hint: 'its own message stands above; `sharmix doctor` lists what is missing',
  });
};

const describeVisit = ({ provider, text, bars, modelTime, headTime }: PageVisit): string =>
  [
    `in the browser: ${provider}`,
    `  ${text}`,
    ...bars.map(({ label, value }) => `  ${label.padEnd(12)} ${value}`),
    `  model ${modelTime}, normaliser alone ${headTime}`,
  ].join('\n');

const browse = async (site: string, screenshot: string): Promise<void> => {
  const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const executablePath = await ensureChromium({ log });
  const server = await serveSite(site, 0);
  try {
    for (const text of texts) {
      const visit = await visitPage(server.url, { executablePath, text, screenshot });
      process.stdout.write(`${describeVisit(visit)}\n`);
    }
    process.stdout.write(`screenshot: ${screenshot}\n`);
  } finally {
    await server.close();
  }
};

const demo = async ({ out, epochs }: { out: string; epochs: string }): Promise<void> => {
  if (existsSync(out)) {
    throw new UsageError(`demo: the folder ${out} exists; remove it or choose another with --out`);
  }
  const start = performance.now();
  const run = join(out, 'run');
  const model = join(out, 'model.onnx');
  const site = join(out, 'site');
  step('Set up: tfjs-node and Chromium');
  await setUp({ tfjs: true, chromium: true });
  step('Train in tfjs: embedding, masked mean, dense, SharMiX with learnable q and r');
  sharmix('train', 'text-classifier', '--epochs', epochs, '--out', run);
  step('Export to ONNX, verified in onnxruntime-node');
  sharmix('export', run, '--out', model);
  step('Run in onnxruntime-node: SharMiX in its JS kernel');
  sharmix('classify', model, ...texts);
  step('Run in stock onnxruntime-node: SharMiX as the function body in the file');
  sharmix('classify', model, '--provider', 'stock', ...texts);
  step('Run in the browser: onnxruntime-web on WebGPU, SharMiX in its WGSL kernel');
  sharmix('deploy', model, '--out', site);
  try {
    await browse(site, join(out, 'page.png'));
  } catch (error) {
    throw new RuntimeError({
      where: 'demo',
      what: 'the page',
      rule: 'must answer in Chromium',
      actual: messageOf(error),
      hint: '`sharmix doctor` shows whether Chromium has a WebGPU adapter',
      cause: error,
    });
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  process.stdout.write(
    `\nDone in ${seconds} s. Look at the page yourself: npx sharmix deploy ${model} --serve\n`,
  );
};

/** Registers `sharmix demo`. */
export const registerDemo = (program: Command): void => {
  program
    .command('demo')
    .description('train, export, run in Node and in a headless browser, in one go')
    .option('--out <folder>', 'folder for the run, the model and the site', 'runs/demo')
    .option('--epochs <count>', 'most epochs of training', '8')
    .action(demo);
};
