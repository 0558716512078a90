// The apps' model: x [N, 3] -> Gemm -> SharMiX -> probabilities; and what it must answer, by the float64 reference.
// It holds no function body: only a kernel can run it.

import { sharmix as reference } from '../../ops/sharmix/math/index.ts';
import { sharmix } from '../../ops/index.ts';
import { ModelBuilder } from '../../src/onnx/index.ts';
import { tensor } from '../../src/schema/index.ts';

const q = 1.75;
const r = 1.25;
const weights = [
  [2, -1, 0.5],
  [0.25, 1.5, -2],
  [-0.75, 0.5, 1],
] as const;
const bias = [0.125, 0, -0.5] as const;

/** The rows every app asks for: the main.js of each says the same numbers. */
const rows: readonly (readonly number[])[] = [
  [1, 2, 3],
  [-1, 0.5, 2],
];

/** The model's bytes. */
export const appModel = (): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['N', 3]);
  const w = model.initializer('w', tensor('float32', Float32Array.from(weights.flat()), [3, 3]));
  const b = model.initializer('b', tensor('float32', Float32Array.from(bias), [3]));
  const logits = model.op('Gemm', [x, w, b]);
  const [qName, rName] = [q, r].map((value, i) =>
    model.initializer('qr'[i]!, tensor('float32', Float32Array.of(value), [])),
  );
  const { probabilities } = model.customOp(
    sharmix,
    { logits, q: qName!, r: rName! },
    {},
    { types: { T: 'float32' }, functionBody: false, outputs: { probabilities: 'probabilities' } },
  );
  model.output(probabilities!, 'probabilities', 'float32', ['N', 3]);
  return model.build();
};

/** The probabilities of {@link rows}, in float64. */
export const expected = (): readonly (readonly number[])[] =>
  rows.map((row) => {
    const logits = bias.map((value, column) =>
      row.reduce((sum, x, i) => sum + x * weights[i]![column]!, value),
    );
    return [...reference(Float64Array.from(logits), { q, r })];
  });
