// `sharmix deploy`: the static site of a classifier, and a server to look at it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { InvalidArgumentError, type Command } from 'commander';
import { serveSite } from '../site/serve.ts';
import { writeSite, type Site } from '../site/write.ts';
import { UsageError } from './usage-error.ts';

interface Options {
  readonly out?: string;
  readonly serve?: boolean;
  readonly port: number;
  readonly json?: boolean;
}

const parsePort = (text: string): number => {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65535) return port;
  throw new InvalidArgumentError('It must be an integer in [0, 65535].');
};

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

const report = ({ folder, files }: Site, { json, serve }: Options): void => {
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ folder, files })}\n`);
    return;
  }
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  process.stdout.write(`${folder}: ${files.length} files, ${megabytes(total)}\n`);
  if (serve !== true) process.stdout.write('Any web server of static files serves it.\n');
};

/** Serves until the process is told to stop. */
const serve = async (folder: string, port: number): Promise<void> => {
  const server = await serveSite(folder, port);
  process.stderr.write(`${server.url} (Ctrl-C stops)\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await server.close();
};

const deploy = async (model: string, options: Options): Promise<void> => {
  const { out, port } = options;
  if (out === undefined && options.serve !== true) {
    throw new UsageError('deploy: give the folder to write with --out, or --serve to look only.');
  }
  if (out !== undefined) {
    const site = await writeSite(model, out);
    report(site, options);
    if (options.serve === true) await serve(site.folder, port);
    return;
  }
  const temporary = await mkdtemp(join(tmpdir(), 'sharmix-site-'));
  try {
    const site = await writeSite(model, join(temporary, 'site'));
    await serve(site.folder, port);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
};

/** Registers `sharmix deploy`. */
export const registerDeploy = (program: Command): void => {
  program
    .command('deploy')
    .description('write a static web page that runs a classifier in the browser')
    .argument('<model.onnx>', 'a classifier written by sharmix export')
    .option('--out <folder>', 'folder to write; it must not exist')
    .option('--serve', 'serve the site on this machine (without --out: from a temporary folder)')
    .option('--port <port>', 'port of --serve; 0 takes a free one', parsePort, 8080)
    .option('--json', 'print the files written as JSON')
    .action(deploy);
};
