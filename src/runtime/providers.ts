// The choice of the provider that runs the standard operators: the inner list of the entry `custom-ops`, tried in order.

import { RuntimeError } from '../core/errors.ts';
import type { CustomOpsExecutionProviderOption } from './augmentation.ts';
import { ProviderFailure } from './build.ts';
import { isNode } from './files.ts';
import type { CutKind } from './partition.ts';
import {
  isNodeCopy,
  providerName,
  type OrtModule,
  type ProviderConfig,
  type SessionOptions,
} from './ort-types.ts';

/** Name of the provider in `executionProviders`. */
export const backendName = 'custom-ops';

const isOwn = (config: ProviderConfig): config is CustomOpsExecutionProviderOption =>
  typeof config === 'object' && config.name === backendName;

/** cpu and wasm are one provider, called cpu in onnxruntime-node and wasm in onnxruntime-web. */
const localName = (name: string, ort: OrtModule): string => {
  if (name !== 'cpu' && name !== 'wasm') return name;
  return isNodeCopy(ort) ? 'cpu' : 'wasm';
};

/** Node has no WebGPU whose buffers could be shared: `cpu`, which onnxruntime-web calls `wasm`. */
const defaultProviders = (ort: OrtModule): readonly ProviderConfig[] => {
  if (isNodeCopy(ort)) return ['cpu'];
  return isNode ? ['wasm'] : ['webgpu', 'wasm'];
};

/** The entries of `executionProviders` as the program wrote them. onnxruntime hands the options over with only those of the backend
 * it chose; the rest is behind that view. */
export const entriesOf = (options: SessionOptions): readonly ProviderConfig[] => {
  const own = Object.getOwnPropertyDescriptor(options, 'executionProviders')?.value as
    | readonly ProviderConfig[]
    | undefined;
  return own ?? options.executionProviders ?? [];
};

/** The providers to try for the standard operators: those of `inner`, then the entries beside ours that are not among them.
 * @throws {RuntimeError} The entry's `inner` is no list of providers. */
export const innerProviders = (
  ort: OrtModule,
  configs: readonly ProviderConfig[],
): readonly ProviderConfig[] => {
  const inner: readonly ProviderConfig[] | undefined = configs.find(isOwn)?.inner;
  const isList: boolean = inner === undefined || Array.isArray(inner);
  const isOfOthers = isList && inner?.every((config) => providerName(config) !== backendName);
  if (!isList || inner?.length === 0 || isOfOthers === false) {
    throw new RuntimeError({
      where: 'InferenceSession.create',
      what: `inner of the provider ${backendName}`,
      rule: `must be a list of at least one provider, ${backendName} not among them`,
      actual: JSON.stringify(inner),
      hint: "{ name: 'custom-ops', inner: ['webgpu', 'wasm'] }, or leave inner out",
    });
  }
  const beside = configs.filter((config) => providerName(config) !== backendName);
  const chosen = new Map<string, ProviderConfig>();
  for (const config of [...(inner ?? []), ...beside]) {
    const name = localName(providerName(config), ort);
    if (!chosen.has(name))
      chosen.set(name, typeof config === 'string' ? name : { ...config, name });
  }
  return chosen.size === 0 ? defaultProviders(ort) : [...chosen.values()];
};

/** The entry's wish for a pool of workers, as it is written; undefined where it wants none. */
export const poolOf = (configs: readonly ProviderConfig[]): unknown => {
  const pool: unknown = configs.find(isOwn)?.pool;
  return pool === false ? undefined : pool;
};

/** How the entry wants the model cut.
 * @throws {RuntimeError} It is no way to cut. */
export const cutKind = (configs: readonly ProviderConfig[] | undefined): CutKind => {
  const cut: unknown = configs?.find(isOwn)?.cut ?? 'fewest';
  if (cut === 'fewest' || cut === 'every-node') return cut;
  throw new RuntimeError({
    where: 'InferenceSession.create',
    what: `cut of the provider ${backendName}`,
    rule: "must be 'fewest' or 'every-node'",
    actual: JSON.stringify(cut),
  });
};

/** Tries providers in turn. One that fails yields to the next with one warning.
 * @throws {RuntimeError} None is left: the causes of all. */
export const firstProvider = async <T>(
  providers: readonly ProviderConfig[],
  where: string,
  attempt: (provider: ProviderConfig, name: string) => Promise<T>,
): Promise<T> => {
  const failures: { readonly name: string; readonly error: ProviderFailure }[] = [];
  for (const [at, provider] of providers.entries()) {
    const name = providerName(provider);
    try {
      return await attempt(provider, name);
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      failures.push({ name, error });
      const next = providers[at + 1];
      if (next === undefined) continue;
      console.warn(
        `${backendName}: provider ${name} cannot run ${where} (${error.message}); trying ${providerName(next)}`,
      );
    }
  }
  throw new RuntimeError({
    where,
    what: 'the model',
    rule: 'could not be started on any provider',
    actual: failures.map(({ name, error }) => `[${name}] ${error.message}`).join(', '),
    cause: failures[0]?.error.cause,
  });
};
