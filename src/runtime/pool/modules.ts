// In a worker: the operators that modules export, and whether they are all that the model needs.

import { messageOf, RuntimeError } from '../../core/errors.ts';
import { readModel } from '../../onnx/bytes-model.ts';
import { detachWeights } from '../../onnx/bytes-weights.ts';
import type { OpDefinition } from '../../schema/op.ts';
import { baseType, isOp, OpRegistry } from '../../schema/registry.ts';
import { openModel } from '../load.ts';
import type { WorkerSpec } from './protocol.ts';

const importModule = async (url: string): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new RuntimeError({
      where: 'InferenceSession.create',
      what: `the module ${url} of operators`,
      rule: 'must load in a worker',
      actual: messageOf(cause),
      hint: 'workers load JavaScript files of their own: a path by new URL(..., import.meta.url), a package by import.meta.resolve(...)',
      cause,
    });
  }
};

const collect = (value: unknown, found: Set<OpDefinition>): void => {
  if (Array.isArray(value)) for (const one of value as readonly unknown[]) collect(one, found);
  else if (isOp(value)) found.add(value);
};

/** The operators among the exports of modules, arrays included.
 * @throws {RuntimeError} A module does not load. */
export const operatorsOf = async (modules: readonly string[]): Promise<readonly OpDefinition[]> => {
  const found = new Set<OpDefinition>();
  for (const url of modules) {
    for (const value of Object.values(await importModule(url))) collect(value, found);
  }
  return [...found];
};

/** Labels of the operators a model's nodes name, those in subgraphs and functions included, each under its own and its base type. */
const labelsIn = async (pathOrBytes: string | Uint8Array): Promise<ReadonlySet<string>> => {
  const file = await openModel(pathOrBytes);
  try {
    const model = readModel(detachWeights(file.source, 'model', file.where).bytes, file.where);
    const nodes = [model.graph, ...model.functions].flatMap((part) => part.nodes);
    const labels = new Set<string>();
    for (const { domain, type } of nodes.flatMap((node) => [node, ...node.inner])) {
      const prefix = `${domain}@${model.opsets.get(domain) ?? 1}`;
      labels.add(`${prefix}::${type}`).add(`${prefix}::${baseType(type)}`);
    }
    return labels;
  } finally {
    file.close();
  }
};

/** Checks that every operator the program has installed and the model uses came with a module.
 * @throws {RuntimeError} One did not: it is named. {SchemaError} Two modules claim one. */
export const checkOperators = async (
  { model, modules, installed }: Pick<WorkerSpec, 'model' | 'modules' | 'installed'>,
  operators: readonly OpDefinition[],
): Promise<void> => {
  const exported = new Set([...new OpRegistry(operators)].map(({ label }) => label));
  const missing = installed.filter((label) => !exported.has(label));
  if (missing.length === 0) return;
  const used = await labelsIn(model);
  const needed = missing.filter((label) => used.has(label));
  if (needed.length === 0) return;
  throw new RuntimeError({
    where: typeof model === 'string' ? model : 'model',
    what: `${needed.length === 1 ? 'operator' : 'operators'} ${needed.join(', ')}`,
    rule: 'must be exported by a module that the workers of the pool can load',
    actual: modules.length === 0 ? 'no modules' : `modules ${modules.join(', ')}`,
    hint: "install(ort, { ops, modules: [new URL('./my-ops.js', import.meta.url)] })",
  });
};
