// Random graphs with custom nodes at random places: the cut model gives what stock onnxruntime gives with standard operators in
// the custom ones' place. (Through functions inside control flow onnxruntime 1.30 refuses some of them: its inliner makes cycles.)

import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { install, sessionInfo } from '../../../src/runtime/index.ts';
import type { BodyBuilder, BodyValue, NodeAttribute } from '../../../src/schema/index.ts';
import { bodyless, VersionedModel, type Version } from './control-flow-models.ts';
import { floats } from './models.ts';
import { affine } from './operators.ts';

install(ort, { ops: [affine, bodyless] });

/** Whether the operators inside control flow have a body, or the control flow is interpreted. */
const versions = fc.constantFrom<Version>('body', 'none');

/** One node: what it does, and which earlier values it reads (counted from the last). */
interface Step {
  readonly kind: 'Neg' | 'Add' | 'Affine' | 'Shifted' | 'Constant' | 'If' | 'Custom';
  readonly a: number;
  readonly b: number;
  readonly isOutput: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('Neg', 'Add', 'Affine', 'Affine', 'Shifted', 'Constant', 'If', 'Custom'),
    a: fc.constantFrom(1, 1, 2, 3, 5, 8),
    b: fc.constantFrom(1, 1, 2, 3, 5, 8),
    isOutput: fc.boolean(),
  }),
  { minLength: 5, maxLength: 14, size: 'max' },
);

/** Values are small integers, so that float32 is exact in any order. */
const build = (list: readonly Step[], version: Version): Uint8Array => {
  const model = new VersionedModel(version);
  const condition = model.input('condition', 'bool', []);
  const values: BodyValue[] = [
    model.input('x', 'float32', [2]),
    model.initializer('w', floats([1, -2])),
  ];
  const shift = model.initializer('shift', floats([3], []));
  const make = ({ kind, a, b }: Step): BodyValue => {
    const x = values[Math.max(0, values.length - a)]!;
    const y = values[Math.max(0, values.length - b)]!;
    const branch = (value: (g: BodyBuilder) => BodyValue): NodeAttribute => ({
      graph: (g) => ({ inputs: [], outputs: [{ value: value(g), dtype: 'float32', rank: 1 }] }),
    });
    switch (kind) {
      case 'Affine':
        return model.affine(model, x, undefined, 2);
      case 'Shifted':
        return model.affine(model, x, shift, 1);
      case 'Constant':
        return model.op('Constant', [], { value: { tensor: floats([1, 2]) } });
      case 'If':
        return model.op('If', [condition], {
          then_branch: branch((g) => g.op('Neg', [x])),
          else_branch: branch((g) => g.op('Abs', [y])),
        });
      case 'Custom':
        return model.op('If', [condition], {
          then_branch: branch((g) => g.op('Add', [model.affine(g, g.op('Neg', [x]), shift, 1), y])),
          else_branch: branch((g) =>
            g.op('If', [g.op('Not', [condition])], {
              then_branch: branch((h) => h.op('Add', [model.affine(h, y, undefined, 2), x])),
              else_branch: branch((h) => h.op('Abs', [x])),
            }),
          ),
        });
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
  let interpretations = 0;
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), versions, async (list, condition, version) => {
      const [stock, custom] = await Promise.all([
        ort.InferenceSession.create(build(list, 'standard'), { logSeverityLevel: 3 }),
        ort.InferenceSession.create(build(list, version), {
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
      const { segments, kernels, interpreted } = sessionInfo(custom);
      interpretations += interpreted.length;
      if (segments.length > 1 && kernels.length > 1) cut++;
      await Promise.all([stock.release(), custom.release()]);
    }),
    { numRuns: 60 },
  );
  expect(cut).toBeGreaterThan(2);
  expect(interpretations).toBeGreaterThan(10);
}, 240_000);
