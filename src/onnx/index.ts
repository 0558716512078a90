// sharmix/onnx: ONNX models in TypeScript. Build, decode, check, inspect; function bodies; tensors.

export { onnx, type OnnxTypes } from './proto.ts';
export {
  attributeFromProto,
  attributeReference,
  attributeToProto,
  nodeAttribute,
  type PlainAttribute,
} from './attributes.ts';
export { checkModel, type CheckOptions } from './check.ts';
export { decodeModel } from './decode.ts';
export { extractModel, type ExtractOptions } from './extract.ts';
export type { Finding, FindingCode } from './finding.ts';
export { functionOf } from './function-body.ts';
export { GraphScope, valueInfoProto, type NodeAttributes, type NodeNames } from './graph-scope.ts';
export { inlineModel, type InlineOptions } from './inline.ts';
export { inspectModel, summaryOf, type ModelSummary, type ValueSummary } from './inspect.ts';
export { bigintOf, numberOf, type Int64Field } from './integers.ts';
export {
  hasFunctionBody,
  ModelBuilder,
  type CustomOpInputs,
  type CustomOpOptions,
  type Dims,
  type ModelOptions,
} from './model-builder.ts';
export { Names } from './names.ts';
export { bodyOf, signatureName, signatureOf, type OpSignature } from './signature.ts';
export { allNodes, domainOf, functionKey, nodeLabel, opName, subgraphsOf } from './walk.ts';
export { tensorFromProto, tensorToProto } from './tensors.ts';
export {
  currentRuntime,
  functionIrVersion,
  lowestIrVersion,
  maxOpset,
  minOpset,
  type RuntimeVersions,
} from './versions.ts';
export type { DuplicateWeights, WeightReport, WeightsReport } from './weights-report.ts';
