// What every page of these tests does: sessions with SharMiX between standard operators, on the providers asked for, against
// the reference. Runs on pages and in workers.

import { sharmix as reference } from '../../../ops/sharmix/math/index.ts';
import { sharmix } from '../../../ops/sharmix/index.ts';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { install, sessionInfo, type OrtModule } from '../../../src/runtime/index.ts';
import { tensor } from '../../../src/schema/index.ts';

/** logits [N, 3] -> Add -> SharMiX(q = 1.5) -> Mul -> y */
export const model = (): Uint8Array => {
  const builder = new ModelBuilder();
  const x = builder.input('x', 'float32', ['N', 3]);
  const bias = builder.initializer('bias', tensor('float32', Float32Array.of(0.5, 0, -0.5), [3]));
  const q = builder.initializer('q', tensor('float32', Float32Array.of(1.5), []));
  const types = { T: 'float32' } as const;
  const logits = builder.op('Add', [x, bias]);
  const { probabilities } = builder.customOp(sharmix, { logits, q }, {}, { types });
  const ten = builder.initializer('ten', tensor('float32', Float32Array.of(10), []));
  builder.output(builder.op('Mul', [probabilities, ten], {}, { outputs: ['y'] }), 'y', 'float32', [
    'N',
    3,
  ]);
  return builder.build();
};

/** What a run showed. */
export interface Outcome {
  readonly provider: string;
  readonly forms: readonly string[];
  readonly rebuilds: number;
  readonly largestError: number;
}

const rows = [
  [1, 0, -1],
  [0.25, 2, 1.75],
] as const;

/** What the model makes of the rows. */
export const expected: readonly number[] = rows.flatMap((row) =>
  Array.from(reference([row[0] + 0.5, row[1], row[2] - 0.5], { q: 1.5 }), (p) => 10 * p),
);

/** A session that can be run again and again. */
export interface Program {
  run(): Promise<Outcome>;
  release(): Promise<void>;
}

/** Installs into a copy of onnxruntime and creates a session on the first of the providers that can. */
export const start = async (ort: OrtModule, inner: readonly string[]): Promise<Program> => {
  install(ort, { ops: [sharmix] });
  const session = await ort.InferenceSession.create(model(), {
    executionProviders: [{ name: 'custom-ops', inner }],
  });
  return {
    run: async () => {
      const x = new ort.Tensor('float32', Float32Array.from(rows.flat()), [2, 3]);
      const { y } = await session.run({ x });
      const values = [...(y!.data as Float32Array)];
      const { providers, kernels, rebuilds } = sessionInfo(session);
      return {
        provider: providers.join(),
        forms: kernels.map(({ form }) => form),
        rebuilds,
        largestError: Math.max(...values.map((v, i) => Math.abs(v - expected[i]!))),
      };
    },
    release: () => session.release(),
  };
};

/** Starts, runs twice at once and once more, releases. */
export const runOnce = async (ort: OrtModule, inner: readonly string[]): Promise<Outcome> => {
  const program = await start(ort, inner);
  await Promise.all([program.run(), program.run()]);
  const outcome = await program.run();
  await program.release();
  return outcome;
};
