// `InferenceSession.create` of a copy of onnxruntime: its own, also where it was replaced.

import { RuntimeError } from '../core/errors.ts';
import type { OrtModule } from './ort-types.ts';

type Create = OrtModule['InferenceSession']['create'];

/** The own property descriptors of copies whose `create` was replaced. */
const replaced = new WeakMap<object, PropertyDescriptor>();

/** onnxruntime's own `InferenceSession.create`, which knows nothing of ours. */
export const stockCreate = ({ InferenceSession }: OrtModule): Create => {
  const create: unknown =
    replaced.get(InferenceSession)?.value ?? Reflect.get(InferenceSession, 'create');
  return (create as Create).bind(InferenceSession);
};

/** Replaces a copy's `InferenceSession.create`.
 * @throws {RuntimeError} It is replaced already. */
export const takeOver = (
  { InferenceSession }: OrtModule,
  create: (...args: readonly unknown[]) => Promise<unknown>,
): void => {
  const own = Object.getOwnPropertyDescriptor(InferenceSession, 'create');
  if (own?.configurable !== true || replaced.has(InferenceSession)) {
    throw new RuntimeError({
      where: 'install',
      what: 'InferenceSession.create',
      rule: "must be onnxruntime's own",
    });
  }
  replaced.set(InferenceSession, own);
  Object.defineProperty(InferenceSession, 'create', { ...own, value: create });
};

/** Gives a copy of onnxruntime its own `InferenceSession.create` back, which `install` replaces on the web so that stock
 * WebGPU sessions wait for their turn among ours. Whoever does this must not run both at a time. */
export const leaveStockSessions = ({ InferenceSession }: OrtModule): void => {
  const own = replaced.get(InferenceSession);
  if (own === undefined) return;
  replaced.delete(InferenceSession);
  Object.defineProperty(InferenceSession, 'create', own);
};
