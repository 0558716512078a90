// Builds a model with custom nodes on WebGPU, on the device that onnxruntime and the kernels will share.

import { messageOf } from '../core/errors.ts';
import { buildModel, ProviderFailure, type BuildContext, type BuiltModel } from './build.ts';
import type { CopyDevices, DeviceHold } from './gpu-device.ts';
import { outputLocation, segmentLocations } from './gpu-placement.ts';
import { GpuRunner } from './gpu-runner.ts';
import type { TaskQueue } from './queue.ts';
import { sessionsOf } from './runner.ts';

/** What of a copy of onnxruntime is needed. */
interface CopyParts {
  readonly devices: CopyDevices;
  readonly queue: TaskQueue;
}

/** A model on a device. */
export interface GpuModel {
  readonly built: BuiltModel;
  readonly runner: GpuRunner;
}

/** Builds on a device; undefined where that is lost meanwhile. */
const buildOn = async (
  { queue }: CopyParts,
  context: BuildContext,
  hold: DeviceHold,
): Promise<GpuModel | undefined> => {
  const { ort, plan, options } = context;
  const { shared, provider, probe } = hold;
  const locationOf = outputLocation(options.preferredOutputLocation);
  const outputLocations = segmentLocations(plan, locationOf);
  const building = buildModel({ ...context, provider, outputLocations });
  try {
    const built = await shared.guard(() => building);
    return { built, runner: new GpuRunner(built, { ort, hold, queue, locationOf }) };
  } catch (error) {
    await shared.reasonOf(error);
    if (!shared.isStuck) {
      // Built after all, on a device that was gone.
      const late = await building.catch(() => undefined);
      for (const session of late === undefined ? [] : sessionsOf(late)) await session.release();
      await probe?.release();
    }
    if (shared.lost === undefined) throw error;
    return undefined;
  }
};

/** Builds a model on WebGPU. Where the device is lost meanwhile it is built once more, on a new one.
 * @throws {ProviderFailure} There is no WebGPU, or onnxruntime cannot create a session on it. */
export const buildOnGpu = async (copy: CopyParts, context: BuildContext): Promise<GpuModel> => {
  const { plan, provider } = context;
  const needsProbe = !plan.steps.some(({ kind }) => kind === 'segment');
  let lost: unknown;
  for (let attempt = 0; attempt < 2; attempt++) {
    const hold = await copy.devices.open(provider, needsProbe);
    const made = await buildOn(copy, context, hold);
    if (made !== undefined) return made;
    lost = hold.shared.lost;
  }
  throw new ProviderFailure(messageOf(lost), { cause: lost });
};
