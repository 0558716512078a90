// Creates one session in this process and prints how long that took and the process's memory then (RSS).
// Arguments: path of the model, `path` or `bytes`, `ours` or `plain`.

import { readFileSync } from 'node:fs';
import { sharmix } from '../../../ops/index.ts';
import { install } from '../../../src/runtime/index.ts';
import { loadOrtNode } from '../../../src/runtime/ort-node.ts';

const [path = '', from, runtime] = process.argv.slice(2);
const ort = await loadOrtNode();
install(ort, { ops: [sharmix] });
const options = {
  intraOpNumThreads: 1,
  executionProviders: runtime === 'ours' ? ['custom-ops'] : ['cpu'],
};
const start = performance.now();
const session = await (from === 'path'
  ? ort.InferenceSession.create(path, options)
  : ort.InferenceSession.create(readFileSync(path), options));
const ms = performance.now() - start;
const rssMb = process.memoryUsage.rss() / 1e6;
await session.release();
process.stdout.write(JSON.stringify({ ms, rssMb }));
