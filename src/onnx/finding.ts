// What checkModel reports.

/** What a finding is about; stable, for programs. */
export type FindingCode =
  | 'ir-version'
  | 'opset'
  | 'opset-import'
  | 'unresolved-operator'
  | 'function-missing'
  | 'function-opset'
  | 'missing-attribute'
  | 'duplicate-name'
  | 'missing-value'
  | 'missing-output'
  | 'recursion'
  | 'type'
  | 'tensor'
  | 'attribute'
  | 'runtime';

/** Something wrong in a model. */
export interface Finding {
  readonly code: FindingCode;
  /** `error`: no runtime loads it. `warning`: stock onnxruntime does not, one with the operator installed does. */
  readonly severity: 'error' | 'warning';
  /** The node, value or model it is about. */
  readonly where: string;
  /** Domain and type of the operator that nobody provides. */
  readonly operator?: readonly [domain: string, type: string];
  /** What is wrong, with the values met. */
  readonly message: string;
  /** What to do. */
  readonly fix: string;
}
