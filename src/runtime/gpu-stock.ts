// onnxruntime's own WebGPU sessions beside ours: they share the device, so their calls wait in the same queue, and none of them
// runs on a lost device, where onnxruntime would hang the page.

import { RuntimeError } from '../core/errors.ts';
import type { InnerSession } from './build.ts';
import type { CopyDevices } from './gpu-device.ts';
import type { DeviceUser, SharedDevice } from './gpu-shared.ts';
import { isNode } from './files.ts';
import {
  isNodeCopy,
  providerName,
  type OrtModule,
  type OrtTensor,
  type ProviderConfig,
} from './ort-types.ts';
import { stockCreate, takeOver } from './ort-create.ts';
import { backendName } from './providers.ts';
import type { TaskQueue } from './queue.ts';

/** What of a copy of onnxruntime is needed. */
interface CopyParts {
  readonly ort: OrtModule;
  readonly devices: CopyDevices;
  readonly queue: TaskQueue;
}

type Run = (...args: readonly unknown[]) => Promise<Record<string, OrtTensor>>;

/** The WebGPU entry of a stock session's providers; undefined where it has none, or is ours. */
const webgpuOf = (args: readonly unknown[]): ProviderConfig | undefined => {
  const options = args.slice(1).find((one) => typeof one === 'object' && one !== null);
  const { executionProviders } = (options ?? {}) as {
    readonly executionProviders?: readonly ProviderConfig[];
  };
  if (!Array.isArray(executionProviders)) return undefined;
  const providers: readonly ProviderConfig[] = executionProviders;
  const names = providers.map((one) => providerName(one));
  return names[0] === backendName ? undefined : providers[names.indexOf('webgpu')];
};

/** The arguments of `create` with another entry for WebGPU. */
const withProvider = (
  args: readonly unknown[],
  provider: ProviderConfig,
  own: ProviderConfig,
): readonly unknown[] =>
  provider === own
    ? args
    : args.map((arg, at) => {
        if (at === 0 || typeof arg !== 'object' || arg === null) return arg;
        const { executionProviders = [], ...rest } = arg as {
          readonly executionProviders?: readonly ProviderConfig[];
        };
        const entries = executionProviders.map((one) => (one === provider ? own : one));
        return { ...rest, executionProviders: entries };
      });

const checkBuffers = (shared: SharedDevice, args: readonly unknown[]): void => {
  for (const tensors of args.slice(0, 2)) {
    if (typeof tensors !== 'object' || tensors === null) continue;
    for (const [name, tensor] of Object.entries(tensors as Record<string, OrtTensor | null>)) {
      if (tensor?.location !== 'gpu-buffer' || shared.accepts(tensor.gpuBuffer)) continue;
      throw new RuntimeError({
        where: 'InferenceSession.run',
        what: `the tensor "${name}"`,
        rule: 'must be in a buffer of the WebGPU device that runs the session',
        actual: 'a buffer of a device that was lost',
      });
    }
  }
};

/** Lets a session's calls wait in the queue. */
const join = (
  session: InnerSession,
  shared: SharedDevice | undefined,
  queue: TaskQueue,
): InnerSession => {
  const run = session.run.bind(session) as Run;
  const release = session.release.bind(session);
  let released: Promise<void> | undefined;
  const user: DeviceUser = {
    release: () => {
      shared?.users.delete(user);
      return (released ??= shared?.isStuck === true ? Promise.resolve() : release());
    },
  };
  shared?.users.add(user);
  const guarded: Run = async (...args) => {
    if (shared === undefined) return run(...args);
    if (shared.lost === undefined) checkBuffers(shared, args);
    try {
      const results = await shared.guard(() => run(...args));
      for (const tensor of Object.values(results)) {
        if (tensor.location === 'gpu-buffer') shared.note(tensor.gpuBuffer);
      }
      return results;
    } catch (error) {
      throw await shared.reasonOf(error);
    }
  };
  const own: Pick<InnerSession, 'release'> & { readonly run: Run } = {
    run: (...args) => queue.run(() => guarded(...args)),
    release: () => queue.run(() => user.release()),
  };
  return Object.assign(session, own);
};

/** Makes WebGPU sessions that a copy of onnxruntime creates from now on without our provider join the copy's queue: it replaces
 * `InferenceSession.create`. Does nothing in Node. Undone by `leaveStockSessions`. */
export const joinStockSessions = ({ ort, devices, queue }: CopyParts): void => {
  if (isNodeCopy(ort) || isNode) return;
  const create = stockCreate(ort) as (...args: readonly unknown[]) => Promise<InnerSession>;
  takeOver(ort, (...args: readonly unknown[]) => {
    const provider = webgpuOf(args);
    if (provider === undefined || globalThis.navigator?.gpu === undefined) return create(...args);
    return queue.run(async () => {
      const own = await devices.providerFor(provider);
      const session = await create(...withProvider(args, provider, own));
      return join(session, await devices.deviceOf(own), queue);
    });
  });
};
