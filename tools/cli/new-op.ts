// `sharmix new-op`: the folder of a new operator, which passes its own test as it is.

import { relative } from 'node:path';
import type { Command } from 'commander';
import { installedVersion } from '../versions.ts';
import { makeOp } from '../new-op/scaffold.ts';

interface Options {
  readonly domain?: string;
  readonly typescript?: true;
  readonly json?: true;
}

const newOp = async (name: string, { domain, typescript, json }: Options): Promise<void> => {
  const cwd = process.cwd();
  const made = await makeOp({
    name,
    ...(domain === undefined ? {} : { domain }),
    typescript: typescript === true,
    cwd,
  });
  if (json === true) {
    process.stdout.write(`${JSON.stringify(made)}\n`);
    return;
  }
  const needed = ['sharmix', 'onnxruntime-node'].filter(
    (module) => installedVersion(module) === undefined,
  );
  const steps = [
    ...(needed.length === 0 ? [] : [`npm install ${needed.join(' ')} --ignore-scripts`]),
    made.test,
  ];
  process.stdout.write(
    `${made.label} in ${relative(cwd, made.folder)}: ${made.files.join(', ')}\n` +
      `It works as it is: ${steps.join(' && ')}\n` +
      'Then change the schema, the kernel and the cases, and the other forms one by one.\n',
  );
};

/** Registers `sharmix new-op`. */
export const registerNewOp = (program: Command): void => {
  program
    .command('new-op')
    .description(
      'write the folder of a new operator: schema, kernel, shader, function body, gradient, cases, test',
    )
    .argument('<name>', 'lower-case words with hyphens: soft-clip makes the operator SoftClip')
    .option('--domain <domain>', 'domain of the operator (default: com.example)')
    .option(
      '--typescript',
      'TypeScript files; their test needs a Node that runs TypeScript (22.18 or newer)',
    )
    .option('--json', 'print what was written as JSON')
    .action(newOp);
};
