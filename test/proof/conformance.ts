// The suites under proof, for one copy of onnxruntime: every verdict is plain onnxruntime's, to the bit, and the counts are at
// least those of counts.json.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runSuite, type ProofCopy, type SuiteReport } from '../../tools/proof/differential.ts';
import { ensureOnnxCases } from '../../tools/setup/onnx-cases.ts';
import { ensureOnnxTestdata } from '../../tools/setup/onnx-testdata.ts';
import committed from './counts.json' with { type: 'json' };

const log = (line: string): void => console.log(line);

const suites: Readonly<Record<string, () => Promise<string>>> = {
  node: async () => join(await ensureOnnxTestdata({ log }), 'node'),
  simple: async () => join(await ensureOnnxTestdata({ log }), 'simple'),
  'pytorch-operator': async () => join(await ensureOnnxTestdata({ log }), 'pytorch-operator'),
  'pytorch-converted': async () => join(await ensureOnnxTestdata({ log }), 'pytorch-converted'),
  'onnx-1.23': () => ensureOnnxCases({ log }),
};

/** A report as counts.json has it. */
const countsOf = ({
  cases,
  segments,
  wrapped,
  counts,
  unheld,
  inexact,
  cured,
  refused,
}: SuiteReport) => ({
  cases,
  segments,
  wrapped,
  verdicts: Object.fromEntries(counts),
  unheld: Object.fromEntries(unheld),
  inexact: Object.fromEntries(inexact),
  cured: Object.fromEntries(cured),
  refused: Object.fromEntries(refused),
});

type SuiteCounts = ReturnType<typeof countsOf>;

/** Counts that are smaller than the committed ones. */
const shrunk = (found: SuiteCounts, least: SuiteCounts): string[] => {
  const smaller: string[] = [];
  const check = (what: string, own: number | undefined, min: number): void => {
    if ((own ?? 0) < min) smaller.push(`${what}: ${own ?? 0}, was ${min}`);
  };
  for (const what of ['cases', 'segments', 'wrapped'] as const) {
    check(what, found[what], least[what]);
  }
  for (const [mode, counts] of Object.entries(least.verdicts)) {
    const own = found.verdicts[mode];
    const sum = (one: typeof own): number =>
      Object.values(one ?? {}).reduce((total, count) => total + count, 0);
    check(`${mode}, pass`, own?.pass, counts.pass);
    check(`${mode}, all`, sum(own), sum(counts));
  }
  return smaller;
};

const tableOf = (name: string, { verdicts, ...rest }: SuiteCounts): string =>
  [
    `${name}: ${rest.cases} cases, ${rest.segments} segments when cut, ${rest.wrapped} nodes wrapped, ` +
      `${Object.keys(rest.unheld).length} that JavaScript cannot hold`,
    ...Object.entries(verdicts).map(
      ([mode, counts]) =>
        `  ${mode.padEnd(10)} ${Object.entries(counts)
          .map(([verdict, count]) => `${verdict} ${count}`)
          .join(', ')}`,
    ),
  ].join('\n');

/** Tests of all suites on one copy. */
export const conformance = (name: 'node' | 'wasm', copy: ProofCopy): void => {
  describe(`conformance through custom-ops, inner ${copy.inner}`, () => {
    const least: Readonly<Record<string, SuiteCounts>> = committed[name];

    it.each(Object.keys(suites))('comes to the verdicts of onnxruntime on %s', async (suite) => {
      const report = await runSuite(copy, suite, await suites[suite]!());
      const found = countsOf(report);
      log(tableOf(`${name}, ${suite}`, found));
      const reports = join(import.meta.dirname, '..', 'reports');
      mkdirSync(reports, { recursive: true });
      writeFileSync(join(reports, `proof-${name}-${suite}.json`), JSON.stringify(found, null, 2));
      expect(report.differences).toEqual([]);
      expect(found.unheld).toEqual(least[suite]?.unheld);
      expect(found.inexact).toEqual(least[suite]?.inexact);
      expect(found.cured).toEqual(least[suite]?.cured);
      expect(found.refused).toEqual(least[suite]?.refused);
      expect(shrunk(found, least[suite]!)).toEqual([]);
    });
  });
};
