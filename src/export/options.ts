// Options of exportModel.

import type { OrtModule } from '../runtime/index.ts';
import type { tf } from '../train/index.ts';
import type { LayerRules } from './rule.ts';

/** How close onnxruntime must come to tfjs: |onnx - tfjs| <= absolute + relative |tfjs|. */
export interface Tolerance {
  /** Default 1e-5. */
  readonly absolute?: number;
  /** Default 1e-4. */
  readonly relative?: number;
}

/** Options of an export. */
export interface ExportOptions {
  /** Opset of the standard operators, 13 or newer. Default 17, which every onnxruntime since 1.12 reads. */
  readonly opset?: number;
  /** Outputs: names of layers, or output names with the layer or tensor each shows. Default: the model's outputs, named after
   * their layers. */
  readonly outputs?: readonly string[] | Readonly<Record<string, string | tf.SymbolicTensor>>;
  /** New names of inputs, by the name of the input layer. */
  readonly inputNames?: Readonly<Record<string, string>>;
  /** Entries of the model's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Exporters by class name for this call; they go before registered ones. */
  readonly exporters?: LayerRules;
  /** Whether onnxruntime is compared with `model.predict` before the bytes are returned. Default true. */
  readonly verify?: boolean;
  /** The onnxruntime to verify with; operators are installed into it. Default: onnxruntime-node. */
  readonly ort?: OrtModule;
  readonly tolerance?: Tolerance;
  /** Inputs to verify on, by input name, where random ones would not do. The caller keeps the tensors. */
  readonly samples?: (batch: number) => Readonly<Record<string, tf.Tensor>>;
}
