// Tensors between layers, as their rules see them.

import type { DType } from '../core/dtype.ts';
import type { BodyValue } from '../schema/body.ts';

/** A tfjs shape: null where a dimension is not known; the first is the batch. */
export type LayerShape = readonly (number | null)[];

/** A tensor between layers: its value in the ONNX graph, element type, shape, and the mask tfjs carries beside it. */
export interface LayerValue {
  readonly value: BodyValue;
  readonly dtype: DType;
  readonly shape: LayerShape;
  /** bool, [batch, time]: which steps count. */
  readonly mask?: BodyValue | undefined;
}

/** What a rule says of one output of its layer. */
export interface LayerOutput {
  readonly value: BodyValue;
  /** Left out: what tfjs says, float32 for nearly every layer. */
  readonly dtype?: DType;
  /** The mask that goes on. Left out: the first input's where the layer supports masking, as in tfjs; null: none. */
  readonly mask?: BodyValue | null;
}
