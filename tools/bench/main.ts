// `npm run bench`: every case as a ratio against a named peer, in one run on this machine.
// --quick: fewer rounds. --case WORD: cases whose name has it. --json FILE: the report. --readme: the table into the README.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { replaceBetween, root } from '../root.ts';
import { classifierNode } from './cases/classifier-node.ts';
import { customNode } from './cases/custom-node.ts';
import { modelLoad } from './cases/model-load.ts';
import { trainingEpoch, trainingStep } from './cases/training.ts';
import type { Effort } from './measure.ts';
import { machine, markdown, versions, type CaseResult, type SkippedCase } from './report.ts';

type Case = (effort: Effort) => Promise<readonly (CaseResult | SkippedCase)[]>;

interface Entry {
  readonly run: Case;
  readonly full: Effort;
  readonly quick: Effort;
}

const entries: Readonly<Record<string, Entry>> = {
  classifier: {
    run: classifierNode,
    full: { rounds: 21, timeMs: 150 },
    quick: { rounds: 7, timeMs: 60 },
  },
  'custom-node': {
    run: customNode,
    full: { rounds: 21, timeMs: 100 },
    quick: { rounds: 7, timeMs: 50 },
  },
  load: { run: modelLoad, full: { rounds: 9, timeMs: 0 }, quick: { rounds: 3, timeMs: 0 } },
  step: {
    run: trainingStep,
    full: { rounds: 15, timeMs: 500 },
    quick: { rounds: 5, timeMs: 250 },
  },
  epoch: { run: trainingEpoch, full: { rounds: 7, timeMs: 0 }, quick: { rounds: 3, timeMs: 0 } },
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    case: { type: 'string' },
    json: { type: 'string' },
    readme: { type: 'boolean', default: false },
  },
});

const chosen = Object.entries(entries).filter(
  ([name]) => values.case === undefined || name.includes(values.case),
);
if (chosen.length === 0) {
  process.stderr.write(
    `bench: no case has ${values.case} in its name; there are ${Object.keys(entries).join(', ')}\n`,
  );
  process.exit(2);
}
const cases: (CaseResult | SkippedCase)[] = [];
for (const [name, entry] of chosen) {
  process.stderr.write(`${name} ...\n`);
  cases.push(...(await entry.run(values.quick ? entry.quick : entry.full)));
}
const report = { machine: machine(), versions: versions(), cases };
const text = markdown(report);
process.stdout.write(`${text}\n`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
if (values.readme) {
  const path = join(root, 'README.md');
  writeFileSync(path, replaceBetween(readFileSync(path, 'utf8'), 'bench', text));
}
