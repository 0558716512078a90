// `npm test`: sets up tfjs-node and Chromium, runs Vitest (Node and Chromium), and closes with the counts of its report.
// `npm test -- --node 22,24` runs the Node tests again on those versions of Node. Other arguments go to Vitest.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium } from '../setup/chromium.ts';
import { ensureTfjsNode } from '../setup/tfjs-node.ts';
import { root } from '../root.ts';
import { nodeBinary } from './node-versions.ts';
import { readReport, sum, type Counts } from './report.ts';

const reports = join(root, 'test', 'reports');

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const splitArguments = (argv: readonly string[]): { nodes: string[]; rest: string[] } => {
  const at = argv.indexOf('--node');
  if (at < 0) return { nodes: [], rest: [...argv] };
  return {
    nodes: (argv[at + 1] ?? '').split(',').filter((major) => major !== ''),
    rest: [...argv.slice(0, at), ...argv.slice(at + 2)],
  };
};

/** Runs Vitest under a Node binary; a run without a report is a failure. */
const runVitest = (
  node: string,
  name: string,
  chromium: string,
  args: readonly string[],
): Counts => {
  const report = join(reports, `${name}.json`);
  rmSync(report, { force: true });
  const { status } = spawnSync(
    node,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, CHROMIUM: chromium } },
  );
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { counts, incomplete, ran } = readReport(report);
  for (const [file, why] of incomplete) log(`incomplete: ${file.replace(`${root}/`, '')}: ${why}`);
  const missing = args.length > 0 ? [] : conformanceFiles().filter((file) => !ran.has(file));
  for (const file of missing) log(`failed: the form tested by ${file} did not run`);
  const silent = status !== 0 && counts.failed === 0 ? 1 : 0;
  return { ...counts, failed: counts.failed + missing.length + silent };
};

/** Every form has a file here: one that did not run fails the whole. */
const conformanceFiles = (): readonly string[] =>
  readdirSync(join(root, 'test/conformance'))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(root, 'test/conformance', name));

const { nodes, rest } = splitArguments(process.argv.slice(2));
mkdirSync(reports, { recursive: true });
await ensureTfjsNode({ log });
const chromium = await ensureChromium({ log });
const counts = [runVitest(process.execPath, 'all', chromium, rest)];
for (const major of nodes) {
  log(`\nNode ${major}`);
  counts.push(
    runVitest(nodeBinary(major), `node-${major}`, chromium, ['--project', 'node', ...rest]),
  );
}
const { passed, failed, skipped } = sum(counts);
process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
