// The conformance check on an operator of a test's own: what it finds, how it says it, and that it passes what is right.

import { describe, expect, it } from 'vitest';
import {
  defineOp,
  float,
  float16Bits,
  float16Value,
  missing,
  rangeError,
  SchemaError,
  type OpDefinition,
  type Tensor,
} from '../../../src/schema/index.ts';
import {
  assertConformance,
  checkConformance,
  ConformanceError,
  formatConformance,
  type FloatType,
  type OpCase,
  type OpCases,
  type RunForm,
} from '../../../src/testing/index.ts';

const mapData = ({ dtype, dims, data }: Tensor, f: (value: number) => number): Tensor => {
  switch (dtype) {
    case 'float32':
    case 'float64':
      return { dtype, dims, data: data.map(f) } as Tensor;
    case 'float16':
      return { dtype, dims, data: data.map((bits) => float16Bits(f(float16Value(bits)))) };
    default:
      throw new TypeError(dtype);
  }
};

/** y = max(x - shift, 0): zeros are exact, with a kink at the shift. */
const shrink: OpDefinition = defineOp({
  type: 'Shrink',
  domain: 'test.sharmix',
  version: 1,
  inputs: { x: 'T' },
  outputs: { y: 'T' },
  attributes: { shift: float(0.125) },
  types: { T: ['float32', 'float64', 'float16'] },
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x }, { shift }) => {
    if (mapData(x, (value) => value).data[0] === 99) {
      throw rangeError({ where: 'Shrink', what: 'x', rule: 'must not be 99' });
    }
    return {
      y: mapData(x, (value) => (value - shift > 0 ? value - shift : Math.min(value, 0) * 0)),
    };
  },
  shader: missing('small'),
  body: missing('small'),
  grad: missing('small'),
});

const named = (name: string, values: readonly number[], dims = [values.length]): OpCase => ({
  name,
  inputs: { x: { dims, values } },
});

const cases: OpCases = {
  op: shrink,
  cases: [],
  generators: [],
  isNearKink: ({ expected }, output, index) => Math.abs(expected[output]!.values[index]!) < 1e-5,
  invariants: ({ actual }) =>
    Array.from(actual['y']!.values).some((value) => value < 0) ? ['y is below 0'] : [],
};

const run: RunForm = (op, inputs, attributes) =>
  op.kernel(inputs as Parameters<typeof op.kernel>[0], attributes);

/** The kernel with its result changed. */
const changed =
  (change: (value: number, index: number) => number): RunForm =>
  async (op, inputs, attributes) => {
    const { y } = (await run(op, inputs, attributes)) as { y: Tensor };
    let index = 0;
    return { y: mapData(y, (value) => change(value, index++)) };
  };

const check = (form: RunForm, calls: readonly OpCase[], dtype: FloatType = 'float32') =>
  checkConformance(cases, calls, { name: 'kernel', dtype, run: form });

const textsOf = async (form: RunForm, calls: readonly OpCase[]) =>
  (await check(form, calls)).mismatches.map(({ text }) => text);

const matrix = named('matrix', [1, 0.05, -2, 0.5, 3, 0], [2, 3]);

describe('checkConformance', () => {
  it.each(['float32', 'float16', 'float64'] as const)(
    'passes a right form at %s',
    async (dtype) => {
      const report = await check(run, [matrix, named('empty', [], [0, 3])], dtype);
      expect(report).toMatchObject({ cases: 2, elements: 6, mismatches: [], dtype });
      expect(report.maxError).toBeLessThan(1e-3);
    },
  );

  it('compares at the rounded inputs and attributes, not at the given ones', async () => {
    const rough = named('rough', [1 / 3, 1e8 + 1]);
    const seen: number[] = [];
    const report = await check(
      (op, inputs, attributes) => {
        seen.push(...((inputs['x'] as Tensor).data as Float32Array), attributes['shift'] as number);
        return run(op, inputs, attributes);
      },
      [{ ...rough, attributes: { shift: 1 / 7 } }],
    );
    expect(seen).toEqual([Math.fround(1 / 3), 1e8, Math.fround(1 / 7)]);
    expect(report.worstCase).toBe('rough');
  });

  it('says which element is off, both values and by how much', async () => {
    const report = await check(
      changed((value, i) => (i === 3 ? value + 0.25 : value)),
      [matrix],
    );
    expect(report.mismatches).toHaveLength(1);
    expect(report.mismatches[0]?.case).toBe('matrix');
    expect(report.mismatches[0]?.text).toMatch(
      /^y\[1, 0\]: got 0\.625, expected 0\.375, difference 0\.25: above 0\.000001$/,
    );
    expect(report.maxError).toBeCloseTo(0.25, 6);
  });

  it('takes differences relative to expected values beyond 1', async () => {
    const off = (by: number) => changed((value) => value + by);
    expect(await textsOf(off(0), [named('large', [1e6])])).toEqual([]);
    expect(await textsOf(off(0.5), [named('large', [1e6])])).toEqual([]);
    expect(await textsOf(off(2), [named('large', [1e6])])).toHaveLength(1);
    expect(await textsOf(off(Infinity), [named('large', [1e6])])).toHaveLength(1);
  });

  it('finds NaN on one side only', async () => {
    const spoiled = changed((value, i) => (i === 2 ? NaN : value));
    expect(await textsOf(spoiled, [matrix])).toEqual([
      'y[0, 2]: got NaN, expected 0, difference NaN: NaN in one only',
    ]);
    const hiding = changed((value) => (Number.isNaN(value) ? 0 : value));
    expect(await textsOf(hiding, [named('bad', [NaN, 1])])).toEqual([
      'y[0]: got 0, expected NaN, difference NaN: NaN in one only',
    ]);
  });

  it('passes NaN and infinities on both sides', async () => {
    expect(await textsOf(run, [named('special', [NaN, Infinity, 1])])).toEqual([]);
  });

  it('finds a non-zero for a zero within the tolerance, unless near a kink', async () => {
    const leaking = changed((value) => (value === 0 ? 1e-9 : value));
    const strict = { ...cases, isNearKink: () => false };
    const form = { name: 'kernel', dtype: 'float32', run: leaking } as const;
    const report = await checkConformance(strict, [matrix], form);
    expect(report.mismatches[0]?.text).toMatch(/^y\[0, 1\]: .*: zero in one only$/);
    expect(await textsOf(leaking, [matrix])).toEqual([]);
  });

  it('asks for exact zeros only where the operator has them', async () => {
    const leaking = changed((value) => (value === 0 ? 1e-9 : value));
    const { isNearKink: _kink, ...loose } = cases;
    const form = { name: 'kernel', dtype: 'float32', run: leaking } as const;
    expect((await checkConformance(loose, [matrix], form)).mismatches).toEqual([]);
  });

  it('finds a wrong shape and a missing output', async () => {
    const flat: RunForm = async (op, inputs, attributes) => {
      const { y } = (await run(op, inputs, attributes)) as { y: Tensor };
      return { y: { ...y, dims: [6] } };
    };
    expect(await textsOf(flat, [matrix])).toEqual(['output y has shape [6], expected [2, 3]']);
    expect(await textsOf(() => ({}), [matrix])).toEqual(['output y is missing']);
  });

  it('reports what the invariants say', async () => {
    const below = changed((value) => value - 1e-7);
    expect(await textsOf(below, [named('small', [1, 2])])).toEqual([]);
    const zeros = changed((value) => (value === 0 ? -1e-9 : value));
    expect(await textsOf(zeros, [matrix])).toEqual(['y is below 0']);
  });

  it('takes an error thrown by the form as a mismatch of its case and goes on', async () => {
    const failing: RunForm = (op, inputs, attributes) => {
      if ((inputs['x'] as Tensor).dims.length === 2) throw new Error('no matrices');
      return run(op, inputs, attributes);
    };
    const report = await check(failing, [matrix, named('vector', [1])]);
    expect(report.mismatches).toEqual([{ case: 'matrix', text: 'threw Error: no matrices' }]);
    expect(report.elements).toBe(1);
  });

  it('compares float64 with the known outputs of a case, where it has them', async () => {
    const known = { ...named('known', [1]), expected: { y: { dims: [1], values: [0.5] } } };
    expect((await check(run, [known], 'float64')).mismatches).toHaveLength(1);
    expect((await check(run, [known], 'float32')).mismatches).toEqual([]);
  });
});

describe('values outside the domain', () => {
  const outside: OpCase = { ...named('outside', [99, 1]), isOutOfDomain: true };
  const nan: RunForm = (_, inputs) => ({ y: mapData(inputs['x'] as Tensor, () => NaN) });
  const clamps: RunForm = (_, inputs) => ({ y: inputs['x'] as Tensor });
  const crashes: RunForm = () => {
    throw new TypeError('oops');
  };
  const texts = async (form: RunForm, outOfDomain: 'throws' | 'nan' | 'either') =>
    (
      await checkConformance(cases, [outside], {
        name: 'kernel',
        dtype: 'float32',
        run: form,
        outOfDomain,
      })
    ).mismatches.map(({ text }) => text);

  it('must be a RangeError where that is asked for', async () => {
    expect(await texts(run, 'throws')).toEqual([]);
    expect(await texts(nan, 'throws')).toEqual(['gave a result, expected a RangeError']);
  });

  it('must be NaN throughout where that is asked for', async () => {
    expect(await texts(nan, 'nan')).toEqual([]);
    expect((await texts(run, 'nan'))[0]).toMatch(/^threw, expected NaN/);
    expect(await texts(clamps, 'nan')).toEqual(['y[0]: got 99, expected NaN throughout']);
  });

  it('must be one of the two otherwise', async () => {
    expect(await texts(run, 'either')).toEqual([]);
    expect(await texts(nan, 'either')).toEqual([]);
    expect(await texts(clamps, 'either')).toHaveLength(1);
    expect(await texts(crashes, 'either')).toEqual([
      'threw TypeError: oops, expected a RangeError',
    ]);
  });
});

describe('assertConformance', () => {
  it('throws the report, ten mismatches at most', async () => {
    const calls = Array.from({ length: 12 }, (_, i) => named(`call ${i}`, [1]));
    const form = { name: 'kernel', dtype: 'float32', run: changed(() => 0.5) } as const;
    const error: unknown = await assertConformance(cases, calls, form).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConformanceError);
    const { message } = error as ConformanceError;
    expect(message).toContain(
      'test.sharmix@1::Shrink, kernel, float32: 12 cases, 12 elements, largest difference 3.8e-1 (call 0), 12 mismatches',
    );
    expect(message).toContain('call 9: y[0]: got 0.5');
    expect(message).not.toContain('call 10');
    expect(message).toContain('and 2 more');
  });

  it('gives the report where all is right', async () => {
    const report = await assertConformance(cases, [matrix], {
      name: 'kernel',
      dtype: 'float32',
      run,
    });
    expect(formatConformance(report)).toMatch(/1 cases, 6 elements, .* 0 mismatches$/);
  });

  it('refuses an element type the form has no tolerance for', async () => {
    const form = { name: 'tfjs', dtype: 'float64', run } as const;
    await expect(assertConformance(cases, [matrix], form)).rejects.toThrow(
      /form tfjs must have a tolerance, got none for float64/,
    );
  });

  it('refuses a case with an input that is not in the schema', async () => {
    const odd = { name: 'odd', inputs: { z: { dims: [1], values: [1] } } };
    const form = { name: 'kernel', dtype: 'float32', run } as const;
    await expect(assertConformance(cases, [odd], form)).rejects.toThrow(SchemaError);
  });
});
