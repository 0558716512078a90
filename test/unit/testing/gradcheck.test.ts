// gradcheck itself: it passes right gradients and says precisely what is wrong with wrong ones.

import { describe, expect, it } from 'vitest';
import {
  defineOp,
  float,
  missing,
  tensor,
  type OpDefinition,
  type Tensor,
  type TensorOf,
} from '../../../src/schema/index.ts';
import {
  GradientError,
  gradcheck,
  gradcheckFunction,
  type GradcheckOptions,
} from '../../../src/testing/gradcheck.ts';

const messageOf = async (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'passed',
    (error: unknown) => String(error),
  );

describe('gradcheckFunction', () => {
  const f = ({ x, y }: Record<'x' | 'y', Float64Array>): number[] => [
    x[0]! ** 3 * y[0]!,
    Math.exp(x[1]! * y[0]!),
  ];
  const right = (
    { x, y }: Record<'x' | 'y', Float64Array>,
    c: Float64Array,
  ): { x: number[]; y: number[] } => {
    const power = Math.exp(x[1]! * y[0]!);
    return {
      x: [3 * x[0]! ** 2 * y[0]! * c[0]!, y[0]! * power * c[1]!],
      y: [x[0]! ** 3 * c[0]! + x[1]! * power * c[1]!],
    };
  };
  const point = { x: [1.5, -0.5], y: [2] };

  it('passes a right gradient to 1e-10 and reports what it checked', async () => {
    const report = await gradcheckFunction('f', f, right, point);
    expect(report.checked.map(({ input, entries }) => [input, entries])).toEqual([
      ['x', 2],
      ['y', 1],
    ]);
    for (const { largestError } of report.checked) expect(largestError).toBeLessThan(1e-10);
    expect(report.skipped).toEqual([]);
    expect(point).toEqual({ x: [1.5, -0.5], y: [2] });
  });

  it('names input, index, both values and the error of a wrong gradient', async () => {
    const wrong: typeof right = (at, c) => {
      const { x, y } = right(at, c);
      return { x: [x[0]!, x[1]! + 0.25], y };
    };
    const text = await messageOf(gradcheckFunction('f', f, wrong, point));
    expect(text).toMatch(
      /^GradientError: f: gradient of 1 of 3 entries must equal the central difference, got x\[1\]: claimed -?[\d.]+, central difference -?[\d.]+, off by 0\.250 \(allowed [\d.e-]+\)\.$/,
    );
  });

  it('finds an error of one part in a million', async () => {
    const wrong: typeof right = (at, c) => {
      const { x, y } = right(at, c);
      return { x, y: [y[0]! * (1 + 1e-6)] };
    };
    await expect(gradcheckFunction('f', f, wrong, point)).rejects.toThrow(/gradient of 1 of 3/);
  });

  it('names the worst entries first and counts the rest', async () => {
    const values = [0, 1, 2, 3, 4, 5, 6];
    const text = await messageOf(
      gradcheckFunction(
        'identity',
        ({ x }: Record<'x', Float64Array>) => x.slice(),
        (_, c) => ({ x: c.map((value, i) => value + i) }),
        { x: values },
      ),
    );
    expect(text).toContain('gradient of 6 of 7 entries');
    expect(text.match(/x\[\d\]/g)).toEqual(['x[6]', 'x[5]', 'x[4]', 'x[3]', 'x[2]']);
    expect(text).toContain('; and 1 more');
  });

  it('says when the point lies at a kink', async () => {
    const text = await messageOf(
      gradcheckFunction(
        'abs',
        ({ x }: Record<'x', Float64Array>) => x.map((value) => Math.max(0, value) ** 1.5),
        (_, c) => ({ x: [c[0]!] }),
        { x: [1e-5] },
      ),
    );
    expect(text).toMatch(/Hint: at x\[0\] the differences of step h and h\/2 disagree too/);
  });

  it('says where the function has no value', async () => {
    const f = ({ x }: Record<'x', Float64Array>): number[] => {
      if (x[0]! < 1) throw new RangeError('x must be >= 1');
      return [x[0]!];
    };
    const run = gradcheckFunction('f', f, (_, c) => ({ x: [c[0]!] }), { x: [1] });
    await expect(run).rejects.toThrow(/f: value at x\[0\] = 0\.9999 must exist/);
    await expect(run).rejects.toMatchObject({
      code: 'GRADIENT',
      cause: { message: 'x must be >= 1' },
    });
  });

  it('refuses a NaN gradient, a wrong length, and an input nobody claims', async () => {
    const g = ({ x }: Record<'x', Float64Array>): Float64Array => x.slice();
    const at = { x: [1, 2] };
    await expect(gradcheckFunction('g', g, () => ({ x: [NaN, NaN] }), at)).rejects.toThrow(
      /gradient of 2 of 2 entries/,
    );
    await expect(gradcheckFunction('g', g, () => ({ x: [1] }), at)).rejects.toThrow(
      'g: gradient of x must have 2 entries, got 1.',
    );
    await expect(
      gradcheckFunction('g', g, (_, c) => ({ x: c }), at, { inputs: ['y'] }),
    ).rejects.toThrow('g: gradient of y must be claimed to be checked. Hint: claimed are: x.');
    await expect(gradcheckFunction('g', g, () => ({}), at)).rejects.toThrow(
      'g: gradient must be claimed to be checked. Hint: claimed are: none.',
    );
  });

  it('wants gradient 0 at an infinite entry', async () => {
    const f = ({ x }: Record<'x', Float64Array>): number[] => [Math.exp(x[0]!) + Math.exp(x[1]!)];
    const at = { x: [-Infinity, 0.5] };
    const ok = gradcheckFunction(
      'f',
      f,
      ({ x }, c) => ({ x: x.map((v) => Math.exp(v) * c[0]!) }),
      at,
    );
    expect((await ok).checked[0]!.entries).toBe(2);
    const bad = gradcheckFunction('f', f, ({ x }, c) => ({ x: [1, Math.exp(x[1]!) * c[0]!] }), at);
    await expect(bad).rejects.toThrow(/x\[0\]: claimed 1, central difference 0/);
  });
});

const float64 = (...values: number[]): TensorOf<'float64'> =>
  tensor('float64', Float64Array.from(values), [values.length]);

/** y = scale * x^power; its gradient is multiplied by `error` to be wrong. */
const scaledPower = (error: number): OpDefinition =>
  defineOp({
    type: 'ScaledPower',
    domain: 'com.example',
    version: 1,
    inputs: { x: 'T', power: 'T', offset: 'T?' },
    outputs: { y: 'T' },
    attributes: { scale: float(2) },
    types: { T: ['float32', 'float64'] },
    infer: ({ x }) => ({ y: x }),
    kernel: ({ x, power }, { scale }) => {
      const exponent = power.data[0] as number;
      const data = Float64Array.from(x.data as Float64Array, (v) => scale * v ** exponent);
      return { y: tensor('float64', data, x.dims) };
    },
    shader: missing('not needed'),
    body: missing('not needed'),
    grad: ({ x, power }, _, { y }, { scale }) => {
      const exponent = power.data[0] as number;
      const values = x.data as Float64Array;
      const c = y.data as Float64Array;
      let dPower = 0;
      const dx = values.map((v, i) => {
        dPower += c[i]! * scale * v ** exponent * Math.log(v);
        return error * c[i]! * scale * exponent * v ** (exponent - 1);
      });
      return {
        x: tensor('float64', dx, x.dims),
        power: tensor('float64', Float64Array.of(dPower), []),
      };
    },
  });

describe('gradcheck of an operator', () => {
  const scalar = (value: number): Tensor => tensor('float64', Float64Array.of(value), []);
  const inputs = { x: float64(0.5, 1.5, 2.5), power: scalar(2.2) };
  const run = (op: OpDefinition, options?: GradcheckOptions): Promise<unknown> =>
    gradcheck(op, inputs, { scale: 3 }, options);

  it('passes a right gradient of all inputs', async () => {
    await expect(run(scaledPower(1))).resolves.toMatchObject({
      checked: [
        { input: 'x', entries: 3 },
        { input: 'power', entries: 1 },
      ],
      skipped: [],
    });
  });

  it('names operator, input and index of a wrong one', async () => {
    const wrong = run(scaledPower(1.01));
    await expect(wrong).rejects.toThrow(GradientError);
    await expect(wrong).rejects.toThrow(
      /^com\.example@1::ScaledPower: gradient of 3 of 4 entries must equal the central difference, got x\[1\]: claimed -10\.78\d+, central difference -10\.67\d+, off by 0\.107 /,
    );
  });

  it('checks the chosen inputs only, and says which it skipped', async () => {
    await expect(run(scaledPower(1.01), { inputs: ['power'] })).resolves.toMatchObject({
      checked: [{ input: 'power' }],
      skipped: ['x'],
    });
  });

  it('leaves the inputs as they were', async () => {
    await run(scaledPower(1));
    expect(inputs.x).toEqual(float64(0.5, 1.5, 2.5));
  });

  it('refuses float32, a missing gradient and an unknown attribute', async () => {
    const single = { ...inputs, x: tensor('float32', Float32Array.of(1), [1]) };
    await expect(gradcheck(scaledPower(1), single)).rejects.toThrow(
      /input x must be float64 to be differenced, got float32/,
    );
    const without = { ...scaledPower(1), grad: missing('not trained') };
    await expect(run(without)).rejects.toThrow(
      'com.example@1::ScaledPower: grad is missing, got not trained.',
    );
    await expect(gradcheck(scaledPower(1), inputs, { size: 1 })).rejects.toThrow(
      /attribute size is not in the schema/,
    );
  });
});
