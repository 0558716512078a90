// The operators a command works with: the package's own, and those of modules named by --import.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option } from 'commander';
import * as own from '../../ops/index.ts';
import { DataError, messageOf, opsOf, type OpDefinition } from '../../src/schema/index.ts';

/** The option of every command that runs or reads operators. */
export const importOption = (): Option =>
  new Option(
    '--import <module>',
    'JavaScript file or package that exports operators (may be given more than once)',
  )
    .argParser((value: string, known: readonly string[]) => [...known, value])
    .default([], 'none');

/** Values of a module's exports that are operators, or arrays of them. Others are left alone. */
const operatorsOf = (exports: object, where: string): readonly OpDefinition[] =>
  Object.values(exports).flatMap((value: unknown) => {
    try {
      return opsOf(value as OpDefinition, where);
    } catch {
      return [];
    }
  });

const load = async (module: string): Promise<readonly OpDefinition[]> => {
  const isFile = /^[./]/.test(module) || existsSync(module);
  let exports: object;
  try {
    exports = (await import(isFile ? pathToFileURL(resolve(module)).href : module)) as object;
  } catch (cause) {
    throw new DataError({
      where: `--import ${module}`,
      what: 'the module',
      rule: 'must load',
      actual: messageOf(cause),
      hint: 'name a built JavaScript file (./my-ops.js), or an installed package',
      cause,
    });
  }
  const ops = operatorsOf(exports, module);
  if (ops.length > 0) return ops;
  throw new DataError({
    where: `--import ${module}`,
    what: 'the module',
    rule: 'must export operators made by defineOp, or arrays of them',
    actual: Object.keys(exports).join(', ') || 'no exports',
  });
};

/** The package's operators and those of the modules.
 * @throws {DataError} A module does not load, or exports no operator. */
export const loadOperators = async (
  modules: readonly string[],
): Promise<readonly OpDefinition[]> => {
  const all = [...operatorsOf(own, 'sharmix/ops')];
  for (const module of modules) all.push(...(await load(module)));
  return opsOf(all, '--import');
};
