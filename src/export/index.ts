// The exporter: tfjs models to ONNX, layer by layer. Published, with the layers of the operators, as sharmix/export.

export { withExporters, type ExportedModel, type ExportModel } from './export-model.ts';
export { type LayerGraph } from './layer-graph.ts';
export { type ExportOptions, type Tolerance } from './options.ts';
export { registerExporter } from './registry.ts';
export { type Difference, type ExportReport, type LayerReport, type PortReport } from './report.ts';
export { type LayerRule, type LayerRules } from './rule.ts';
export { type LayerOutput, type LayerShape, type LayerValue } from './values.ts';
