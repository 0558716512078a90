// The conformance suite of a form: every operator of the repository, on its cases, the golden vectors and random rows.
// Call it once in a test file of this folder; it runs in Node and in the browser.

import { afterAll, describe, expect, it } from 'vitest';
import {
  assertConformance,
  generatedCases,
  type ConformanceReport,
  type FloatType,
  type Form,
  type FormName,
  type OpCase,
  type OpCases,
  type RunForm,
} from '../../src/testing/index.ts';
import { isMissing, type OpDefinition } from '../../src/schema/index.ts';
import { goldenCases } from './golden.ts';

/** What a form covers. */
export interface SuiteOptions {
  /** Element types to run. Default: float32. */
  readonly dtypes?: readonly FloatType[];
  /** What it does with q or r out of range, and the like. Default `either`. */
  readonly outOfDomain?: Form['outOfDomain'];
  /** Cases the form cannot run, by full name, and why. A name that no case has fails. */
  readonly exceptions?: Readonly<Record<string, string>>;
}

const operators = Object.entries(
  import.meta.glob<OpCases>('../../ops/*/cases.ts', { eager: true, import: 'cases' }),
).map(([path, cases]) => ({ folder: path.split('/').at(-2)!, cases }));

/** Why the operator has no such form; undefined if it has. */
const reasonMissing = (op: OpDefinition, name: FormName): string | undefined => {
  const forms = {
    kernel: op.kernel,
    tfjs: op.grad,
    wgsl: op.shader,
    'body-node': op.body,
    'body-wasm': op.body,
    'body-webgpu': op.body,
  } satisfies Record<FormName, unknown>;
  const form = forms[name];
  return isMissing(form) ? form.missing : undefined;
};

/** One line for all reports of a form. */
const summary = (reports: readonly ConformanceReport[]): string => {
  const worst = reports.reduce((a, b) => (b.maxError > a.maxError ? b : a));
  const total = (of: (report: ConformanceReport) => number): number =>
    reports.reduce((sum, report) => sum + of(report), 0);
  return `${worst.op}, ${worst.form}, ${worst.dtype}: ${total((r) => r.cases)} cases, ${total((r) => r.elements)} elements, largest difference ${worst.maxError.toExponential(1)} (${worst.worstCase})`;
};

/** Registers the tests of a form.
 * @param name - Its row in the table of tolerances.
 * @param run - Runs it: outputs by name from inputs by name. */
export const conformanceSuite = (
  name: FormName,
  run: RunForm,
  { dtypes = ['float32'], outOfDomain = 'either', exceptions = {} }: SuiteOptions = {},
): void => {
  const without = operators.flatMap(({ folder, cases }) => {
    const reason = reasonMissing(cases.op, name);
    return reason === undefined ? [] : [[folder, reason] as const];
  });
  it.each(without)(`%s has no form ${name}, and says why: %s`, (_, reason) => {
    expect(reason).not.toBe('');
  });

  const possible = (calls: readonly OpCase[]): readonly OpCase[] =>
    calls.filter((call) => exceptions[call.name] === undefined);
  const names = new Set(
    operators.flatMap(({ folder, cases }) =>
      [
        ...cases.cases,
        ...(goldenCases[folder] ?? []),
        ...cases.generators.flatMap(generatedCases),
      ].map((call) => call.name),
    ),
  );
  it.each(Object.entries(exceptions))('cannot run "%s": %s', (exception) => {
    expect(names).toContain(exception);
  });

  const having = operators
    .filter(({ cases }) => reasonMissing(cases.op, name) === undefined)
    .flatMap(({ folder, cases }) => dtypes.map((dtype) => ({ folder, cases, dtype })));
  describe.each(having)(`$folder, ${name}, $dtype`, ({ folder, cases, dtype }) => {
    const reports: ConformanceReport[] = [];
    const check = async (calls: readonly OpCase[]): Promise<void> => {
      reports.push(
        await assertConformance(cases, possible(calls), { name, dtype, run, outOfDomain }),
      );
    };
    afterAll(() => {
      if (reports.length > 0) console.info(summary(reports));
    });

    it('agrees with the float64 kernel on the cases of its contract', () => check(cases.cases));

    const golden = goldenCases[folder] ?? [];
    it.runIf(golden.length > 0)('agrees with it on the golden vectors', () => check(golden));

    it.each(
      cases.generators.map((generator) => [generator.name, generator.seed, generator] as const),
    )('agrees with it on random calls: %s, seed %i', (_, __, generator) =>
      check(generatedCases(generator)),
    );
  });
};
