// The JS kernels against their float64 selves.

import { conformanceSuite } from './suite.ts';

conformanceSuite(
  'kernel',
  (op, inputs, attributes) => {
    // The suite makes the inputs by the operator's own schema.
    type Inputs = Parameters<typeof op.kernel>[0];
    return op.kernel(inputs as Inputs, attributes);
  },
  { dtypes: ['float32', 'float16', 'float64'], outOfDomain: 'throws' },
);
