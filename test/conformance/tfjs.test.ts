// The tfjs op, made by the bridge of kernel and gradient, against the float64 kernel: on tfjs-node and on tfjs's cpu backend.

import { beforeAll, describe } from 'vitest';
import { fromTf, loadBackend, tf, tfOp, toTf } from '../../src/train/index.ts';
import type { Tensor } from '../../src/schema/index.ts';
import { conformanceSuite } from './suite.ts';

describe.each(['tensorflow', 'cpu'] as const)('%s backend', (prefer) => {
  beforeAll(async () => {
    await loadBackend({ prefer });
  });

  conformanceSuite(
    'tfjs',
    (op, inputs, attributes) => {
      tf.engine().startScope();
      try {
        const tensors = Object.fromEntries(
          Object.entries(inputs).map(([name, value]) => [
            name,
            // The bridge refuses operators with variadic inputs.
            value === undefined ? undefined : toTf(value as Tensor, op.label),
          ]),
        );
        const output = tfOp(op)(tensors, attributes);
        return { [Object.keys(op.schema.outputs)[0]!]: fromTf(output, op.label) };
      } finally {
        tf.engine().endScope();
      }
    },
    { outOfDomain: 'throws' },
  );
});
