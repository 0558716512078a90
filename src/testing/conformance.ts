// Conformance: a form of an operator against its float64 kernel, on the operator's cases. Knows no operator and no form.

import { messageOf, SchemaError, SharmixError } from '../core/errors.ts';
import type { AttributeValue } from '../schema/attributes.ts';
import type { OpDefinition } from '../schema/op.ts';
import { portsOf } from '../schema/types.ts';
import {
  attributesOf,
  plain,
  roundedInputs,
  tensorsOf,
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
import { compareOutput } from './compare.ts';
import { randomOf } from './random.ts';
import { tolerances, type FloatType, type FormName, type Tolerance } from './tolerance.ts';

/** Runs a form: outputs by name from inputs by name, attributes with defaults filled in. */
export type RunForm = (
  op: OpDefinition,
  inputs: Values,
  attributes: Readonly<Record<string, AttributeValue>>,
) => Outputs | Promise<Outputs>;

/** The form under test. */
export interface Form {
  readonly name: FormName;
  readonly dtype: FloatType;
  readonly run: RunForm;
  /** What it does with values outside the operator's domain. Default `either`. */
  readonly outOfDomain?: 'throws' | 'nan' | 'either';
}

/** One thing wrong with one case. */
export interface Mismatch {
  readonly case: string;
  readonly text: string;
}

/** What came of a run. */
export interface ConformanceReport {
  readonly op: string;
  readonly form: FormName;
  readonly dtype: FloatType;
  /** Cases run. */
  readonly cases: number;
  /** Elements compared. */
  readonly elements: number;
  /** Largest difference, relative to expected values beyond 1, and the case that has it. */
  readonly maxError: number;
  readonly worstCase: string;
  readonly mismatches: readonly Mismatch[];
}

/** A form that differs from its operator's float64 kernel. */
export class ConformanceError extends SharmixError {
  override readonly code = 'CONFORMANCE';
}

/** The calls of a generator, named by generator, seed and number. */
export const generatedCases = ({ name, seed, count, generate }: OpGenerator): OpCase[] => {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, i) => ({
    ...generate(random),
    name: `${name}, seed ${seed}, call ${i}`,
  }));
};

const largestDimension = ({ inputs }: CaseCall): number =>
  Math.max(
    1,
    ...Object.values(inputs).flatMap((value) => tensorList(value).flatMap((t) => t.dims)),
  );

const tensorList = (value: CaseInputs[string]): readonly CaseTensor[] => {
  if (value === undefined) return [];
  return 'dims' in value ? [value] : value;
};

const toleranceOf = (cases: OpCases, call: CaseCall, { name, dtype }: Form): number => {
  const { absolute, long } = toleranceEntry(name, dtype);
  return (cases.length ?? largestDimension)(call) >= 1000 ? long : absolute;
};

const toleranceEntry = (name: FormName, dtype: FloatType): Tolerance => {
  const entry = tolerances[name][dtype];
  if (entry !== undefined) return entry;
  throw new SchemaError({
    where: 'conformance',
    what: `form ${name}`,
    rule: 'must have a tolerance',
    actual: `none for ${dtype}`,
    hint: `it has ${Object.keys(tolerances[name]).join(', ')}`,
  });
};

const referenceOf = async (
  cases: OpCases,
  inputs: CaseInputs,
  attributes: CaseResult['attributes'],
): Promise<Record<string, CaseTensor>> => {
  const { op } = cases;
  const variables = Object.entries(op.schema.types);
  const missing = variables.find(
    ([, types]) => types.some((t) => t.startsWith('float')) && !types.includes('float64'),
  );
  if (missing !== undefined) {
    throw new SchemaError({
      where: op.label,
      what: `type variable ${missing[0]}`,
      rule: 'must allow float64: its kernel is the reference of the others',
      actual: missing[1].join(', '),
    });
  }
  // Checked against the schema's own ports by `tensorsOf`: the kernel of this very operator takes them.
  const values = tensorsOf(cases, inputs, 'float64') as Parameters<OpDefinition['kernel']>[0];
  return plainOutputs(await op.kernel(values, attributes));
};

const plainOutputs = (outputs: Outputs): Record<string, CaseTensor> =>
  Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, plain(value)]));

const runOutOfDomain = async (
  cases: OpCases,
  call: OpCase,
  form: Form,
): Promise<readonly string[]> => {
  const { outOfDomain = 'either', dtype } = form;
  let outputs: Outputs;
  try {
    outputs = await form.run(
      cases.op,
      tensorsOf(cases, call.inputs, dtype),
      attributesOf(cases, call.attributes),
    );
  } catch (error) {
    if (outOfDomain === 'nan') return [`threw, expected NaN: ${messageOf(error)}`];
    return error instanceof RangeError ? [] : [`threw ${String(error)}, expected a RangeError`];
  }
  if (outOfDomain === 'throws') return ['gave a result, expected a RangeError'];
  return Object.entries(outputs).flatMap(([name, value]) => {
    const { values } = plain(value);
    const index = Array.from(values).findIndex((v) => !Number.isNaN(v));
    return index < 0 ? [] : [`${name}[${index}]: got ${values[index]}, expected NaN throughout`];
  });
};

const runCase = async (
  cases: OpCases,
  call: OpCase,
  form: Form,
): Promise<{ error: number; elements: number; texts: readonly string[] }> => {
  const { op } = cases;
  const { dtype } = form;
  const sum = toleranceEntry(form.name, dtype).sum;
  if (call.isOutOfDomain === true) {
    return { error: 0, elements: 0, texts: await runOutOfDomain(cases, call, form) };
  }
  const attributes = attributesOf(cases, call.attributes);
  const inputs = roundedInputs(cases, call.inputs, dtype);
  const expected =
    dtype === 'float64' && call.expected !== undefined
      ? call.expected
      : await referenceOf(cases, inputs, attributes);
  const outputs = await form.run(op, tensorsOf(cases, inputs, dtype), attributes);
  const result: CaseResult = { inputs, attributes, dtype, expected, actual: plainOutputs(outputs) };
  const texts: string[] = [];
  let error = 0;
  let elements = 0;
  for (const { name } of portsOf(op.schema.outputs)) {
    if (expected[name] === undefined) continue;
    const compared = compareOutput(cases, result, name, toleranceOf(cases, call, form));
    texts.push(...compared.texts);
    error = Math.max(error, compared.error);
    elements += expected[name].values.length;
  }
  if (texts.length === 0) texts.push(...(cases.invariants?.(result, sum) ?? []));
  return { error, elements, texts };
};

/** Runs a form on cases and compares it with the operator's float64 kernel at the inputs rounded to the form's element type.
 * @returns What was run and everything that differs; an error thrown by the form is a mismatch of its case.
 * @throws {SchemaError} The operator's kernel knows no float64, or the table of tolerances has no entry. */
export const checkConformance = async (
  cases: OpCases,
  calls: readonly OpCase[],
  form: Form,
): Promise<ConformanceReport> => {
  toleranceEntry(form.name, form.dtype);
  const mismatches: Mismatch[] = [];
  let maxError = 0;
  let worstCase = '';
  let elements = 0;
  for (const call of calls) {
    try {
      const outcome = await runCase(cases, call, form);
      elements += outcome.elements;
      if (!(outcome.error <= maxError)) {
        maxError = outcome.error;
        worstCase = call.name;
      }
      for (const text of outcome.texts) mismatches.push({ case: call.name, text });
    } catch (error) {
      if (error instanceof SchemaError) throw error;
      mismatches.push({ case: call.name, text: `threw ${String(error)}` });
    }
  }
  const { label } = cases.op;
  const { name, dtype } = form;
  return {
    op: label,
    form: name,
    dtype,
    cases: calls.length,
    elements,
    maxError,
    worstCase,
    mismatches,
  };
};

/** Mismatches shown in a message. */
const shown = 10;

/** The report in words: one line, and a line for each mismatch. */
export const formatConformance = (report: ConformanceReport): string => {
  const { op, form, dtype, cases, elements, maxError, worstCase, mismatches } = report;
  const head = `${op}, ${form}, ${dtype}: ${cases} cases, ${elements} elements, largest difference ${maxError.toExponential(1)}${worstCase === '' ? '' : ` (${worstCase})`}, ${mismatches.length} mismatches`;
  const lines = mismatches.slice(0, shown).map(({ case: name, text }) => `  ${name}: ${text}`);
  const rest = mismatches.length > shown ? [`  and ${mismatches.length - shown} more`] : [];
  return [head, ...lines, ...rest].join('\n');
};

/** As {@link checkConformance}, but mismatches are an error.
 * @throws {ConformanceError} With {@link formatConformance}'s lines. */
export const assertConformance = async (
  cases: OpCases,
  calls: readonly OpCase[],
  form: Form,
): Promise<ConformanceReport> => {
  const report = await checkConformance(cases, calls, form);
  if (report.mismatches.length === 0) return report;
  throw new ConformanceError({
    where: report.op,
    what: `form ${report.form} (${report.dtype})`,
    rule: 'must agree with the float64 kernel',
    actual: formatConformance(report),
  });
};
