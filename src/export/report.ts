// What exportModel tells of an export.

import type { DType } from '../core/dtype.ts';

/** A layer and the nodes it became; none for a layer that acts in training alone. */
export interface LayerReport {
  readonly name: string;
  readonly className: string;
  /** Types of its nodes. */
  readonly nodes: readonly string[];
}

/** An input or output of the model. */
export interface PortReport {
  readonly name: string;
  readonly dtype: DType;
  /** The batch is `N`; a dimension that is not known is null. */
  readonly shape: readonly (number | string | null)[];
}

/** How far a session was from tfjs on one output at one batch size. */
export interface Difference {
  /** `stock`: onnxruntime as it is. `custom-ops`: with the operators' kernels. */
  readonly session: 'stock' | 'custom-ops';
  readonly batch: number;
  readonly output: string;
  /** max |onnx - tfjs| */
  readonly absolute: number;
}

/** What was exported and how it was verified. */
export interface ExportReport {
  readonly opset: number;
  readonly irVersion: number;
  readonly sizeBytes: number;
  readonly weightBytes: number;
  readonly inputs: readonly PortReport[];
  readonly outputs: readonly PortReport[];
  /** In the order of the graph. */
  readonly layers: readonly LayerReport[];
  /** Labels of the custom operators used. */
  readonly customOps: readonly string[];
  /** Empty where verification was off. */
  readonly differences: readonly Difference[];
  readonly warnings: readonly string[];
}
