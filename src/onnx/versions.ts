// Which IR version goes with which opset, and the newest of both that the current onnxruntime reads.

import { ModelError } from '../core/errors.ts';

/** Opset of the standard operators this package can write. */
export const minOpset = 13;
/** IR version that has model-local functions. */
export const functionIrVersion = 8;

/** IR version released with each opset (the ONNX project's version table), from {@link minOpset}. */
const irVersions: readonly number[] = [7, 7, 8, 8, 8, 8, 9, 9, 10, 10, 11, 12, 13, 13];
/** Newest opset this package writes. */
export const maxOpset: number = minOpset + irVersions.length - 1;

/** What a runtime reads: newest opset of the standard operators and newest IR version. */
export interface RuntimeVersions {
  readonly opset: number;
  readonly irVersion: number;
}

/** The lowest IR version that holds a model of this opset, with functions or without.
 * @throws {ModelError} The opset is not one this package writes. */
export const lowestIrVersion = (opset: number, hasFunctions: boolean): number => {
  const irVersion = irVersions[opset - minOpset];
  if (irVersion === undefined) {
    throw new ModelError({
      where: 'ModelBuilder',
      what: 'opset',
      rule: `must be an integer in [${minOpset}, ${maxOpset}]`,
      actual: String(opset),
      hint: '17 is read by every onnxruntime since 1.12',
    });
  }
  return hasFunctions ? Math.max(irVersion, functionIrVersion) : irVersion;
};

/** What onnxruntime 1.30 reads: it refuses opset 27 and IR version 14. */
export const currentRuntime: RuntimeVersions = { opset: 26, irVersion: 13 };
