// sharmix/testing: check your own operators. Conformance of every form with the float64 kernel, and gradients by differences.

export {
  caseScalar,
  type CaseCall,
  type CaseInputs,
  type CaseResult,
  type CaseTensor,
  type OpCase,
  type OpCases,
  type OpGenerator,
  type Outputs,
  type Values,
} from './cases.ts';
export {
  assertConformance,
  checkConformance,
  ConformanceError,
  formatConformance,
  generatedCases,
  type ConformanceReport,
  type Form,
  type Mismatch,
  type RunForm,
} from './conformance.ts';
export { bodyForm } from './body-form.ts';
export { GradientError, type CheckedInput, type GradcheckTolerances } from './difference.ts';
export {
  assertForms,
  checkForms,
  formatForms,
  type FormOutcome,
  type FormsOptions,
  type FormsReport,
} from './forms.ts';
export {
  gradcheck,
  gradcheckFunction,
  type GradcheckOptions,
  type GradcheckReport,
} from './gradcheck.ts';
export { randomOf, type Random } from './random.ts';
export { tolerances, type FloatType, type FormName, type Tolerance } from './tolerance.ts';
export { findDevice, wgslForm, type FoundDevice } from './wgsl-form.ts';
