// `sharmix check`: whether a model is valid and the onnxruntime at hand can load it; what is wrong, and the way out.

import type { Command } from 'commander';
import { checkModel, type Finding } from '../../src/onnx/index.ts';
import { runtimeVersions } from '../../src/runtime/index.ts';
import { messageOf, type OpDefinition } from '../../src/schema/index.ts';
import { besides, readModelFile } from '../model/file.ts';
import { importOption, loadOperators } from '../model/operators.ts';
import { ortNodeWith } from '../model/runtimes.ts';
import { installedVersion } from '../versions.ts';

interface Options {
  readonly import: readonly string[];
  readonly json?: true;
  readonly load: boolean;
}

/** What onnxruntime itself says when it loads the model. */
const loadFindings = async (
  bytes: Uint8Array,
  path: string,
  ops: readonly OpDefinition[],
): Promise<readonly Finding[]> => {
  const ort = await ortNodeWith(ops);
  try {
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: [{ name: 'custom-ops' }],
      logSeverityLevel: 4,
      ...besides(path),
    });
    await session.release();
    return [];
  } catch (error) {
    return [
      {
        code: 'runtime',
        severity: 'error',
        where: path,
        message: `does not load: ${messageOf(error)}`,
        fix: 'mend what onnxruntime names',
      },
    ];
  }
};

const print = (findings: readonly Finding[], path: string, against: string): void => {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const count = (number: number, what: string): string =>
    `${number} ${what}${number === 1 ? '' : 's'}`;
  const head =
    findings.length === 0
      ? 'nothing found'
      : `${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}`;
  process.stdout.write(`${path}: ${head} (${against})\n`);
  for (const { code, severity, where, message, fix } of findings) {
    process.stdout.write(`${severity}  ${code}: ${where} ${message}\n         fix: ${fix}\n`);
  }
};

const check = async (path: string, options: Options): Promise<void> => {
  const ops = await loadOperators(options.import);
  const bytes = await readModelFile(path);
  const version = installedVersion('onnxruntime-node');
  const runtime = version === undefined ? undefined : await runtimeVersions(await ortNodeWith(ops));
  const structure = checkModel(bytes, {
    ops,
    where: path,
    ...(runtime === undefined ? {} : { runtime }),
  });
  const isSound = !structure.some(({ severity }) => severity === 'error');
  // onnxruntime gets no model that is known to be broken.
  const findings =
    isSound && options.load && runtime !== undefined
      ? [...structure, ...(await loadFindings(bytes, path, ops))]
      : structure;
  const against =
    runtime === undefined
      ? 'onnxruntime-node is not installed: checked against the versions of onnxruntime 1.30, not loaded'
      : `onnxruntime-node ${version ?? ''} reads opset ${runtime.opset} and IR version ${runtime.irVersion}`;
  if (options.json === true) {
    const found = version === undefined ? null : { version, ...runtime };
    process.stdout.write(`${JSON.stringify({ path, onnxruntime: found, findings }, null, 2)}\n`);
  } else print(findings, path, against);
  if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1;
};

/** Registers `sharmix check`. */
export const registerCheck = (program: Command): void => {
  program
    .command('check')
    .description('check that a model is valid and the installed onnxruntime can load it')
    .argument('<model>', 'ONNX file')
    .addOption(importOption())
    .option('--no-load', 'do not load it in onnxruntime')
    .option('--json', 'print the findings as JSON')
    .action(check);
};
