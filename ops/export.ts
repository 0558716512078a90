// sharmix/export: tfjs models to ONNX, the layers of the operators included.

import { withExporters, type ExportModel } from '../src/export/index.ts';
import { exportSharmix } from './sharmix/export.ts';

export * from '../src/export/index.ts';

/** Exports a live tfjs model (functional or Sequential) to ONNX: dynamic batch `N`, opset 17 and the lowest IR version that
 * holds it (8), initialisers and values named after the layers, custom operators with their function bodies.
 *
 * Before it returns, `model.predict` is compared with onnxruntime on random inputs at batch 1 and 3: with a stock session and,
 * where the model has custom operators, with a session that runs their kernels. The same model gives the same bytes.
 *
 * @example
 * ```ts
 * const { bytes, report } = await exportModel(model, { outputs: ['probabilities', 'logits'] });
 * await writeFile('model.onnx', bytes);
 * ```
 * @throws {ExportError} A layer without exporter (register one with `registerExporter`), a model that is not built, no
 *   onnxruntime to verify with, or a difference over tolerance. {ModelError} An opset this package does not write. */
export const exportModel: ExportModel = withExporters({ SharMiX: exportSharmix });
