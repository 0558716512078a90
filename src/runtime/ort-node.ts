// The one import of onnxruntime-node: loaded when it is needed, from the user's own installation.

import { RuntimeError } from '../core/errors.ts';
import type { OrtModule } from './ort-types.ts';

/** onnxruntime-node.
 * @throws {RuntimeError} It is not installed, or its library does not load. */
export const loadOrtNode = async (): Promise<OrtModule> => {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const isAbsent = (error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND';
    throw new RuntimeError({
      where: 'loadOrtNode',
      what: 'onnxruntime-node',
      rule: isAbsent ? 'must be installed' : 'must load',
      hint: isAbsent
        ? 'npm install onnxruntime-node --ignore-scripts'
        : 'run npx sharmix doctor to see what is missing',
      cause: error,
    });
  }
};
