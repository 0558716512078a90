// install(ort, { ops }): custom operators in the user's copy of onnxruntime, as a backend of that copy.

import { RuntimeError } from '../core/errors.ts';
import { OpRegistry, opsOf, type OpList } from '../schema/registry.ts';
import { addAsyncDispose } from './async-dispose.ts';
import { createSession, OrtCopy } from './create.ts';
import { joinStockSessions } from './gpu-stock.ts';
import type { OrtModule } from './ort-types.ts';
import { backendName } from './providers.ts';

/** Options of {@link install}. */
export interface InstallOptions {
  /** Operators to add: of your own, of any package, in arrays nested at will. */
  readonly ops: readonly OpList[];
  /** Modules that export the operators, by themselves or in arrays: workers of a pool import them. URLs, as
   * `new URL('./my-ops.js', import.meta.url)` or `import.meta.resolve('some-package')`. */
  readonly modules?: readonly (URL | string)[];
}

/** Copies with our backend, by their InferenceSession: two names of one copy are one. */
const copies = new WeakMap<object, OrtCopy>();

const checkModule = (ort: OrtModule): void => {
  for (const name of ['registerBackend', 'Tensor', 'InferenceSession'] as const) {
    if (typeof ort?.[name] === 'function') continue;
    throw new RuntimeError({
      where: 'install',
      what: 'ort',
      rule: 'must be a copy of onnxruntime',
      actual: `a value without ${name}`,
      hint: "import * as ort from 'onnxruntime-node' (or 'onnxruntime-web/webgpu')",
    });
  }
};

const moduleUrl = (module: URL | string): string => {
  const url = String(module);
  if (URL.canParse(url)) return url;
  throw new RuntimeError({
    where: 'install',
    what: 'an entry of modules',
    rule: 'must be a URL',
    actual: JSON.stringify(url),
    hint: "new URL('./my-ops.js', import.meta.url) for a file, import.meta.resolve('my-package') for a package",
  });
};

/** Makes a copy of onnxruntime run custom operators: sessions created with `executionProviders: ['custom-ops']`, or
 * `[{ name: 'custom-ops', inner: ['webgpu', 'wasm'] }]`, run their nodes in the operators' kernels.
 *
 * Each copy of onnxruntime on a page or in a process is its own: install into the one that creates the sessions. A second
 * call adds operators; sessions that exist keep what they have.
 * @throws {SchemaError} Another definition of one of the operators is installed. {RuntimeError} `ort` is no onnxruntime. */
export const install = (ort: OrtModule, { ops, modules = [] }: InstallOptions): void => {
  checkModule(ort);
  const operators = opsOf(ops, 'install');
  const urls = modules.map(moduleUrl);
  const known = copies.get(ort.InferenceSession);
  if (known !== undefined) {
    known.registry.addAll(operators);
    for (const url of urls) known.modules.add(url);
    return;
  }
  const copy = new OrtCopy(ort, new OpRegistry(operators));
  for (const url of urls) copy.modules.add(url);
  const backend = {
    init: () => Promise.resolve(),
    createInferenceSessionHandler: (
      pathOrBytes: string | Uint8Array,
      options: Parameters<typeof createSession>[2] = {},
    ) => createSession(copy, pathOrBytes, options),
  };
  // A negative priority: sessions get this backend by its name only.
  ort.registerBackend(backendName, backend, -1);
  addAsyncDispose(ort);
  joinStockSessions(copy);
  copies.set(ort.InferenceSession, copy);
};

/** Whether {@link install} was called on this copy of onnxruntime. */
export const isInstalled = (ort: OrtModule): boolean => copies.has(ort.InferenceSession);
