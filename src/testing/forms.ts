// All forms of an operator in one call: the kernel, the function body in the onnxruntimes at hand, the shader on a device, the
// gradient. What is missing or could not be tested is said, never left out.

import type { DType } from '../core/dtype.ts';
import { isNodeCopy, type OrtModule } from '../runtime/ort-types.ts';
import { WebGpuExecutor } from '../runtime/webgpu/index.ts';
import { messageOf } from '../core/errors.ts';
import { isMissing } from '../schema/forms.ts';
import { bodyForm } from './body-form.ts';
import { attributesOf, tensorsOf, type OpCase, type OpCases } from './cases.ts';
import {
  checkConformance,
  ConformanceError,
  formatConformance,
  generatedCases,
  type RunForm,
} from './conformance.ts';
import { gradcheck } from './gradcheck.ts';
import { tolerances, type FloatType, type FormName } from './tolerance.ts';
import { wgslForm, type FoundDevice } from './wgsl-form.ts';

/** What the forms are run on. */
export interface FormsOptions {
  /** Copies of onnxruntime for the function body: `onnxruntime-node`, `onnxruntime-web`. Without one it is untested. */
  readonly ort?: OrtModule | readonly OrtModule[];
  /** The device for the shader, from `findDevice()` or `{ device }`. Without one it is untested. */
  readonly gpu?: FoundDevice;
}

/** What came of one form in one element type. */
export interface FormOutcome {
  readonly form: FormName | 'gradient';
  /** Undefined where the form was not run. */
  readonly dtype?: FloatType;
  /** `missing`: the operator does not have it. `untested`: it has it, but there was nothing to run it on. */
  readonly status: 'passed' | 'failed' | 'missing' | 'untested';
  /** The report, or the reason. */
  readonly text: string;
}

/** What came of all forms. */
export interface FormsReport {
  readonly op: string;
  readonly outcomes: readonly FormOutcome[];
}

const floats: readonly FloatType[] = ['float32', 'float64', 'float16'];

/** Float types of an operator; one without any is run once, in the types its schema has. */
const floatTypesOf = ({ op }: OpCases): readonly FloatType[] => {
  const variables = Object.values(op.schema.types).filter((types) =>
    types.some((type) => (floats as readonly DType[]).includes(type)),
  );
  if (variables.length === 0) return ['float32'];
  return floats.filter((type) => variables.every((types) => types.includes(type)));
};

const callsOf = (cases: OpCases): readonly OpCase[] => [
  ...cases.cases,
  ...cases.generators.flatMap(generatedCases),
];

const outcomeOf = async (
  cases: OpCases,
  form: FormName,
  dtype: FloatType,
  run: RunForm,
): Promise<FormOutcome> => {
  const report = await checkConformance(cases, callsOf(cases), { name: form, dtype, run });
  const status = report.mismatches.length === 0 ? 'passed' : 'failed';
  return { form, dtype, status, text: formatConformance(report) };
};

const kernelOutcomes = async (cases: OpCases): Promise<readonly FormOutcome[]> => {
  const outcomes: FormOutcome[] = [];
  for (const dtype of floatTypesOf(cases)) {
    const run: RunForm = (op, inputs, attributes) =>
      op.kernel(inputs as Parameters<typeof op.kernel>[0], attributes);
    outcomes.push(await outcomeOf(cases, 'kernel', dtype, run));
  }
  return outcomes;
};

const bodyOutcomes = async (
  cases: OpCases,
  ort: FormsOptions['ort'],
): Promise<readonly FormOutcome[]> => {
  const { body } = cases.op;
  if (isMissing(body)) return [{ form: 'body-node', status: 'missing', text: body.missing }];
  const copies = ort === undefined ? [] : [ort].flat();
  if (copies.length === 0) {
    const text = 'pass ort: import * as ort from "onnxruntime-node"';
    return [{ form: 'body-node', status: 'untested', text }];
  }
  const outcomes: FormOutcome[] = [];
  for (const copy of copies) {
    const form = isNodeCopy(copy) ? 'body-node' : 'body-wasm';
    for (const dtype of floatTypesOf(cases)) {
      if (dtype === 'float16' && form === 'body-node' && 'Float16Array' in globalThis) {
        const text = 'onnxruntime-node takes no float16 tensors on engines with Float16Array';
        outcomes.push({ form, dtype, status: 'untested', text });
        continue;
      }
      const options = { executionProviders: [form === 'body-node' ? 'cpu' : 'wasm'] };
      outcomes.push(await outcomeOf(cases, form, dtype, bodyForm(copy, options)));
    }
  }
  return outcomes;
};

const shaderOutcomes = async (
  cases: OpCases,
  gpu: FoundDevice | undefined,
): Promise<readonly FormOutcome[]> => {
  const { shader } = cases.op;
  if (isMissing(shader)) return [{ form: 'wgsl', status: 'missing', text: shader.missing }];
  if (gpu === undefined || 'why' in gpu) {
    return [{ form: 'wgsl', status: 'untested', text: gpu?.why ?? 'pass gpu: await findDevice()' }];
  }
  const executor = new WebGpuExecutor(gpu.device);
  const outcomes: FormOutcome[] = [];
  try {
    for (const dtype of floatTypesOf(cases)) {
      const isCovered = Object.entries(cases.op.schema.types).every(
        ([variable, types]) =>
          !types.includes(dtype) || shader.types[variable]?.includes(dtype) === true,
      );
      if (!isCovered || tolerances.wgsl[dtype] === undefined) continue;
      for (const isKnown of [true, false]) {
        outcomes.push(await outcomeOf(cases, 'wgsl', dtype, wgslForm(executor, isKnown)));
      }
    }
  } finally {
    executor.dispose();
  }
  return outcomes;
};

const gradientOutcome = async (cases: OpCases): Promise<FormOutcome> => {
  const { op } = cases;
  if (isMissing(op.grad)) return { form: 'gradient', status: 'missing', text: op.grad.missing };
  if (!floatTypesOf(cases).includes('float64')) {
    return { form: 'gradient', status: 'untested', text: 'its schema has no float64' };
  }
  const isSmooth = cases.isSmooth ?? (() => true);
  const isFinite = (call: OpCase): boolean =>
    Object.values(call.inputs)
      .flat()
      .every((value) => value === undefined || Array.from(value.values).every(Number.isFinite));
  const calls = callsOf(cases).filter(
    (call) => call.isOutOfDomain !== true && isFinite(call) && isSmooth(call),
  );
  let entries = 0;
  const problems: string[] = [];
  for (const call of calls) {
    const attributes = attributesOf(cases, call.attributes);
    try {
      const report = await gradcheck(op, tensorsOf(cases, call.inputs, 'float64'), attributes);
      entries += report.checked.reduce((sum, one) => sum + one.entries, 0);
    } catch (error) {
      problems.push(`  ${call.name}: ${messageOf(error)}`);
    }
  }
  if (problems.length > 0) {
    const text = [
      `${op.label}, gradient: ${problems.length} of ${calls.length} cases are wrong`,
      ...problems.slice(0, 10),
    ];
    return { form: 'gradient', dtype: 'float64', status: 'failed', text: text.join('\n') };
  }
  if (entries === 0) {
    return {
      form: 'gradient',
      status: 'untested',
      text: 'no case is smooth and inside the domain',
    };
  }
  const text = `${op.label}, gradient, float64: ${calls.length} cases, ${entries} entries agree with central differences`;
  return { form: 'gradient', dtype: 'float64', status: 'passed', text };
};

/** Runs every form of an operator on its cases.
 * @throws {SchemaError} The kernel knows no float64: it is the reference of the others. */
export const checkForms = async (
  cases: OpCases,
  { ort, gpu }: FormsOptions = {},
): Promise<FormsReport> => ({
  op: cases.op.label,
  outcomes: [
    ...(await kernelOutcomes(cases)),
    ...(await bodyOutcomes(cases, ort)),
    ...(await shaderOutcomes(cases, gpu)),
    await gradientOutcome(cases),
  ],
});

/** The report in words: a line for each form and element type, with what is wrong below. */
export const formatForms = ({ op, outcomes }: FormsReport): string =>
  outcomes
    .map(({ form, dtype, status, text }) => {
      if (status === 'passed' || status === 'failed') return `${status}: ${text}`;
      return `${status}: ${op}, ${form}${dtype === undefined ? '' : `, ${dtype}`}: ${text}`;
    })
    .join('\n');

/** As {@link checkForms}, but a form that differs is an error. Forms that are missing or untested are none: the report says so.
 * @throws {ConformanceError} With {@link formatForms}' lines. */
export const assertForms = async (
  cases: OpCases,
  options: FormsOptions = {},
): Promise<FormsReport> => {
  const report = await checkForms(cases, options);
  const failed = report.outcomes.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return report;
  throw new ConformanceError({
    where: report.op,
    what: `the forms ${[...new Set(failed.map(({ form }) => form))].join(', ')}`,
    rule: 'must agree with the float64 kernel',
    actual: `\n${formatForms(report)}`,
  });
};
