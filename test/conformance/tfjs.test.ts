// The tfjs op of every operator, on tfjs-node and on tfjs's cpu backend, against the float64 kernel.

import { beforeAll, describe, expect, it } from 'vitest';
import { cases } from '../../ops/sharmix/cases.ts';
import { assertConformance, generatedCases, type Form } from '../../src/testing/index.ts';
import { fromTf, loadBackend, tf, tfOp, toTf } from '../../src/train/index.ts';
import type { Tensor } from '../../src/schema/index.ts';

const form: Form = {
  name: 'tfjs',
  dtype: 'float32',
  outOfDomain: 'throws',
  run: (op, inputs, attributes) => {
    tf.engine().startScope();
    try {
      const tensors = Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => [
          name,
          value === undefined ? undefined : toTf(value as Tensor, op.label),
        ]),
      );
      const output = tfOp(op)(tensors, attributes);
      return { [Object.keys(op.schema.outputs)[0]!]: fromTf(output, op.label) };
    } finally {
      tf.engine().endScope();
    }
  },
};

describe.each(['tensorflow', 'cpu'] as const)('tfjs op on the %s backend', (prefer) => {
  beforeAll(async () => {
    await loadBackend({ prefer });
  });

  it(`agrees with the float64 kernel of ${cases.op.label} on its cases`, async () => {
    const report = await assertConformance(cases, cases.cases, form);
    expect(report.cases).toBeGreaterThan(0);
  });

  it.each(cases.generators)('agrees on random calls: $name', async (generator) => {
    const report = await assertConformance(cases, generatedCases(generator), form);
    expect(report.cases).toBe(generator.count);
  });
});
