// Vitest's JSON report: counts, and which of the required suites ran.

import { readFileSync } from 'node:fs';

/** What the report says in numbers. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface JsonReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** A report that was read. */
export interface Report {
  readonly counts: Counts;
  /** Files of which no test passed, or some were skipped: path -> why. */
  readonly incomplete: ReadonlyMap<string, string>;
  /** Files with at least one passed test. */
  readonly ran: ReadonlySet<string>;
}

/** Reads Vitest's JSON report. A file that failed before its first test counts as one failure. */
export const readReport = (path: string): Report => {
  const json = JSON.parse(readFileSync(path, 'utf8')) as JsonReport;
  const incomplete = new Map<string, string>();
  const ran = new Set<string>();
  let broken = 0;
  for (const file of json.testResults) {
    const passed = file.assertionResults.filter((test) => test.status === 'passed').length;
    const failed = file.assertionResults.filter((test) => test.status === 'failed').length;
    const other = file.assertionResults.length - passed - failed;
    if (passed > 0) ran.add(file.name);
    if (file.status === 'failed' && failed === 0) broken++;
    if (passed === 0) incomplete.set(file.name, 'no test passed');
    else if (other > 0) incomplete.set(file.name, `${other} skipped`);
  }
  return {
    counts: {
      passed: json.numPassedTests,
      failed: json.numFailedTests + broken,
      skipped: json.numPendingTests + json.numTodoTests,
    },
    incomplete,
    ran,
  };
};

/** Sums of counts. */
export const sum = (all: readonly Counts[]): Counts => ({
  passed: all.reduce((n, c) => n + c.passed, 0),
  failed: all.reduce((n, c) => n + c.failed, 0),
  skipped: all.reduce((n, c) => n + c.skipped, 0),
});
