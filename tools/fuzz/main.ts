// `node dist/tools/fuzz/main.js`: tries mutated models, mutated feeds and random graphs in plain onnxruntime and in ours, side by
// side. --minutes N: how long (1). --seed S: which ones (1). --from I: the first index. --count N: subjects a process (400).
// --out FOLDER: log, totals and reproducers (fuzz-SEED). Exit status 1 where a difference was found.

import { parseArgs } from 'node:util';
import { ensureOnnxTestdata } from '../setup/onnx-testdata.ts';
import { runCampaign } from './campaign.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    count: { type: 'string', default: '400' },
    out: { type: 'string' },
  },
});

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const { totals, differences } = await runCampaign({
  seed: Number(values.seed),
  first: Number(values.from),
  durationMs: Number(values.minutes) * 60_000,
  batch: Number(values.count),
  corpus: await ensureOnnxTestdata({ log }),
  limit: Infinity,
  out: values.out ?? `fuzz-${values.seed}`,
  log,
});
process.stdout.write(`${JSON.stringify(totals, null, 2)}\n`);
process.exitCode = differences.length === 0 ? 0 : 1;
