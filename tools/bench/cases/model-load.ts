// Loading a model of 100 MB with a custom node: time and memory (RSS), from its path and from its bytes, with our runtime and
// without. Every session is created in a process of its own.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharmix } from '../../../ops/index.ts';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { tensor } from '../../../src/schema/index.ts';
import { root } from '../../root.ts';
import { summarise, type Effort } from '../measure.ts';
import type { CaseResult } from '../report.ts';

/** Four layers of 2500 x 2500 weights, and a SharMiX node with its function body on top. */
const largeModel = (): Uint8Array => {
  const width = 2500;
  const model = new ModelBuilder({ opset: 17 });
  let x = model.input('x', 'float32', ['n', width]);
  for (let layer = 0; layer < 4; layer++) {
    const data = Float32Array.from({ length: width * width }, (_, i) => ((i + layer) % 97) / 5e4);
    const weights = model.initializer(`w${layer}`, tensor('float32', data, [width, width]));
    x = model.op('Relu', [model.op('MatMul', [x, weights])]);
  }
  const { probabilities } = model.customOp(sharmix, { logits: x }, {}, { types: { T: 'float32' } });
  model.output(probabilities!, 'y', 'float32', ['n', width]);
  return model.build();
};

interface Loaded {
  readonly ms: number;
  readonly rssMb: number;
}

const loadOnce = (path: string, from: string, runtime: string): Loaded => {
  const script = join(root, 'dist/tools/bench/peers/load-once.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, path, from, runtime], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`bench: loading ${from} (${runtime}) failed: ${stderr}`);
  return JSON.parse(stdout) as Loaded;
};

const names = ['custom-ops, SharMiX in its kernel', 'plain onnxruntime, function body'];

/** Two cases for each source, time and memory (RSS). */
export const modelLoad = async (effort: Effort): Promise<readonly CaseResult[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'sharmix-load-'));
  try {
    const path = join(folder, 'model.onnx');
    writeFileSync(path, largeModel());
    const results: CaseResult[] = [];
    for (const [from, target] of [
      ['path', '<= 1.0'],
      ['bytes', '<= 1.1'],
    ] as const) {
      const rounds = Array.from({ length: effort.rounds }, () =>
        ['ours', 'plain'].map((runtime) => loadOnce(path, from, runtime)),
      );
      const column = (of: (loaded: Loaded) => number): readonly (readonly number[])[] =>
        names.map((_, i) => rounds.map((round) => of(round[i]!)));
      const name = `model of 100 MB from ${from === 'path' ? 'its path' : 'bytes'}`;
      results.push(
        {
          name: `${name}, create`,
          target,
          timings: summarise(
            names,
            column(({ ms }) => ms),
          ),
        },
        {
          name: `${name}, memory (RSS)`,
          target,
          unit: 'MB',
          timings: summarise(
            names,
            column(({ rssMb }) => rssMb),
          ),
        },
      );
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
};
