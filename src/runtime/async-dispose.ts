// `await using session = ...`: Symbol.asyncDispose of the sessions of a copy of onnxruntime that lacks it.

import type { OrtModule } from './ort-types.ts';

/** Gives a copy's sessions `Symbol.asyncDispose`, which releases them; nothing where they, or not even the engine, have it.
 * No global is touched: only the prototype of the copy's InferenceSession. */
export const addAsyncDispose = ({ InferenceSession }: OrtModule): void => {
  const { prototype } = InferenceSession as unknown as {
    readonly prototype: { release(): Promise<void> } | undefined;
  };
  const key: symbol | undefined = Symbol.asyncDispose;
  if (prototype === undefined || key === undefined || key in prototype) return;
  Object.defineProperty(prototype, key, {
    value(this: { release(): Promise<void> }): Promise<void> {
      return this.release();
    },
    configurable: true,
    writable: true,
    enumerable: false,
  });
};
