// The forward shader on every golden vector and on random rows: each row kind forced, with subgroups and without, q and r
// known to the plan or on the device only.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maxQ, maxR } from '../../ops/sharmix/schema.ts';
import type { RowKind } from '../../ops/sharmix/shader/variant.ts';
import { tensor } from '../../src/schema/index.ts';
import { createRandom, rowKinds } from '../e2e/web/wgsl-rows.ts';
import {
  createRunner,
  expected,
  largestError,
  valuesOf,
  zerosApart,
  type ShaderRunner,
} from '../e2e/web/wgsl-sharmix.ts';
import base from '../golden/sharmix.json' with { type: 'json' };
import hard from '../golden/sharmix-hard.json' with { type: 'json' };
import multimodal from '../golden/sharmix-multimodal.json' with { type: 'json' };

const files = { base, hard, multimodal };

/** Absolute tolerance of p for rows of n. */
const tolerance = (n: number): number => (n >= 1000 ? 5e-6 : 2e-6);

const forms: readonly { rows: RowKind; subgroups: boolean }[] = [
  { rows: 'invocation', subgroups: false },
  { rows: 'subgroup', subgroups: true },
  { rows: 'workgroup', subgroups: true },
  { rows: 'workgroup', subgroups: false },
];

describe.each(forms)('a row per $rows, subgroups: $subgroups', ({ rows, subgroups }) => {
  let runner: ShaderRunner;
  beforeAll(async () => {
    runner = await createRunner({ rows }, { subgroups });
  });
  afterAll(() => runner.dispose());

  describe.each([{ hidden: false }, { hidden: true }])('indices hidden: $hidden', ({ hidden }) => {
    it.each(Object.keys(files) as (keyof typeof files)[])(
      'agrees on the vectors of %s',
      async (name) => {
        const cases = files[name].cases.filter(({ q, r }) => q <= maxQ && r <= maxR);
        expect(cases.length).toBeGreaterThanOrEqual(12);
        const failures: unknown[] = [];
        for (const { z, q, r, temperature } of cases) {
          const logits = tensor('float32', Float32Array.from(z), [z.length]);
          const settings = { q, r, temperature, hidden };
          const p = valuesOf(await runner.run(logits, settings));
          const wanted = expected(logits, settings);
          const error = largestError(p, wanted);
          const zeros = zerosApart(p, wanted);
          if (!(error <= tolerance(z.length)) || zeros > 0)
            failures.push({ n: z.length, q, r, error, zeros });
        }
        expect(failures).toEqual([]);
      },
    );
  });

  // The golden rows pass with a solver that is wrong on rows like these.
  it.each([3, 32, 130, 1000].filter((n) => rows !== 'invocation' || n <= 130))(
    'agrees on random rows of %i: dense, tiny, wide, tied, led, clustered, masked',
    async (n) => {
      const random = createRandom(n);
      const failures: unknown[] = [];
      for (const [kind, rowOf] of Object.entries(rowKinds)) {
        for (let trial = 0; trial < 8; trial++) {
          const count = n >= 1000 ? 2 : 8;
          const q = [1, 1 + 2 ** -20, 1.01, 1.5, 2][trial] ?? 1 + random();
          const nonConcave = 1 + random() * (1 - 1 / q);
          const r = [nonConcave, q, 2 - 1 / q, 1 + 3 * random()][Math.floor(4 * random())];
          const temperature = [1, 0.1, 3][Math.floor(3 * random())]!;
          const data = Array.from({ length: count }, () => rowOf(n, random)).flat();
          const logits = tensor('float32', Float32Array.from(data), [count, n]);
          const settings = { q, r, temperature };
          const p = valuesOf(await runner.run(logits, settings));
          const error = largestError(p, expected(logits, settings));
          if (!(error <= tolerance(n))) failures.push({ kind, trial, q, r, temperature, error });
        }
      }
      expect(failures).toEqual([]);
    },
  );
});
