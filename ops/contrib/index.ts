// sharmix/ops/contrib: string operators of the domain ai.onnx.contrib, as onnxruntime-extensions defines them.

import type { OpDefinition } from '../../src/schema/index.ts';
import { stringConcat } from './string-concat.ts';
import { stringJoin } from './string-join.ts';
import { stringLength } from './string-length.ts';
import { stringLower } from './string-lower.ts';
import { stringSplit } from './string-split.ts';
import { stringUpper } from './string-upper.ts';

export { stringConcat, stringJoin, stringLength, stringLower, stringSplit, stringUpper };

/** Every operator of this folder, for `install(ort, { ops: [contrib] })`. */
export const contrib: readonly OpDefinition[] = [
  stringLower,
  stringUpper,
  stringLength,
  stringConcat,
  stringJoin,
  stringSplit,
];
