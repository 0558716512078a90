// Random graphs with custom nodes at random places: the cut model gives what stock onnxruntime gives through the function bodies.

import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { install, sessionInfo } from '../../../src/runtime/index.ts';
import type { BodyValue } from '../../../src/schema/index.ts';
import { floats } from './models.ts';
import { affine } from './operators.ts';

install(ort, { ops: [affine] });

/** One node: what it does, and which earlier values it reads (counted from the last). */
interface Step {
  readonly kind: 'Neg' | 'Add' | 'Affine' | 'Shifted' | 'Constant' | 'If';
  readonly a: number;
  readonly b: number;
  readonly isOutput: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('Neg', 'Add', 'Affine', 'Affine', 'Shifted', 'Constant', 'If'),
    a: fc.constantFrom(1, 1, 2, 3, 5, 8),
    b: fc.constantFrom(1, 1, 2, 3, 5, 8),
    isOutput: fc.boolean(),
  }),
  { minLength: 5, maxLength: 14, size: 'max' },
);

/** Values are small integers, so that float32 is exact in any order. */
const build = (list: readonly Step[]): Uint8Array => {
  const model = new ModelBuilder();
  const condition = model.input('condition', 'bool', []);
  const values: BodyValue[] = [
    model.input('x', 'float32', [2]),
    model.initializer('w', floats([1, -2])),
  ];
  const shift = model.initializer('shift', floats([3], []));
  const make = ({ kind, a, b }: Step): BodyValue => {
    const x = values[Math.max(0, values.length - a)]!;
    const y = values[Math.max(0, values.length - b)]!;
    const types = { T: 'float32' } as const;
    switch (kind) {
      case 'Affine':
        return model.customOp(affine, { x }, { scale: 2 }, { types })['y']!;
      case 'Shifted':
        return model.customOp(affine, { x, shift }, { scale: 1 }, { types })['y']!;
      case 'Constant':
        return model.op('Constant', [], { value: { tensor: floats([1, 2]) } });
      case 'If': {
        const branch = (type: string, value: BodyValue) => ({
          graph: (
            g: Parameters<
              Extract<
                NonNullable<Parameters<typeof model.op>[2]>[string],
                { graph: unknown }
              >['graph']
            >[0],
          ) => ({
            inputs: [],
            outputs: [{ value: g.op(type, [value]), dtype: 'float32' as const, rank: 1 }],
          }),
        });
        return model.op('If', [condition], {
          then_branch: branch('Neg', x),
          else_branch: branch('Abs', y),
        });
      }
      case 'Add':
        return model.op('Add', [x, y]);
      case 'Neg':
        return model.op('Neg', [x]);
    }
  };
  for (const step of list) values.push(make(step));
  const last = values.at(-1)!;
  for (const [at, value] of values.slice(2).entries()) {
    if (list[at]!.isOutput || value === last) model.output(value, value.name, 'float32', [2]);
  }
  return model.build();
};

it('gives what stock onnxruntime gives, whatever is cut', async () => {
  let cut = 0;
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (list, condition) => {
      const bytes = build(list);
      const [stock, custom] = await Promise.all([
        ort.InferenceSession.create(bytes, { logSeverityLevel: 3 }),
        ort.InferenceSession.create(bytes, {
          executionProviders: ['custom-ops'],
          logSeverityLevel: 3,
        }),
      ]);
      const feeds = {
        x: new ort.Tensor('float32', Float32Array.of(2, -3), [2]),
        condition: new ort.Tensor('bool', [condition], []),
      };
      const [expected, actual] = await Promise.all([stock.run(feeds), custom.run(feeds)]);
      expect(Object.keys(actual)).toEqual(Object.keys(expected));
      for (const name of stock.outputNames) {
        expect([name, ...(actual[name]!.data as Float32Array)]).toEqual([
          name,
          ...(expected[name]!.data as Float32Array),
        ]);
      }
      const { segments, kernels } = sessionInfo(custom);
      if (segments.length > 1 && kernels.length > 1) cut++;
      await Promise.all([stock.release(), custom.release()]);
    }),
    { numRuns: 300 },
  );
  expect(cut).toBeGreaterThan(20);
}, 60_000);
