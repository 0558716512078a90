#!/usr/bin/env node
// The `sharmix` command: registers the sub-commands and turns errors into one line and an exit code.
// Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted.

import { Command, CommanderError } from 'commander';
import { messageOf } from '../../src/schema/index.ts';
import { packageVersion } from '../versions.ts';
import { registerCheck } from './check.ts';
import { registerClassify } from './classify.ts';
import { registerCompare } from './compare.ts';
import { registerDemo } from './demo.ts';
import { registerDeploy } from './deploy.ts';
import { registerDoctor } from './doctor.ts';
import { registerExport } from './export.ts';
import { registerExtract } from './extract.ts';
import { registerInline } from './inline.ts';
import { registerInspect } from './inspect.ts';
import { registerNewOp } from './new-op.ts';
import { registerSetup } from './setup.ts';
import { registerTrain } from './train.ts';
import { UsageError } from './usage-error.ts';

const createProgram = (): Command => {
  const program = new Command('sharmix')
    .description(
      'Custom operators for onnxruntime in JavaScript: write them, look into models, train and export a classifier with one.',
    )
    .version(packageVersion())
    .showHelpAfterError('(sharmix COMMAND --help lists the options)')
    .exitOverride();
  for (const register of [
    registerTrain,
    registerExport,
    registerClassify,
    registerDeploy,
    registerInspect,
    registerCheck,
    registerCompare,
    registerExtract,
    registerInline,
    registerNewOp,
    registerDoctor,
    registerSetup,
    registerDemo,
  ]) {
    register(program);
  }
  return program;
};

const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) return 2;
  if (error instanceof Error && error.name === 'AbortError') return 130;
  return 1;
};

/** Runs the command line; never throws.
 * @returns The exit code. */
const main = async (argv: readonly string[]): Promise<number> => {
  try {
    await createProgram().parseAsync([...argv]);
    // A command that ran but found something wrong (doctor) has set it.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its own message already.
    if (!(error instanceof CommanderError)) process.stderr.write(`sharmix: ${messageOf(error)}\n`);
    return exitCodeOf(error);
  }
};

// A reader that has seen enough (`sharmix doctor | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(process.argv);
