// Adam of the trainer: the values of tfjs's Adam, clipping by the global norm, rules, exact state.

import { beforeAll, describe, expect, it } from 'vitest';
import { Adam, type AdamOptions } from '../../../src/train/adam.ts';
import { loadBackend, tf } from '../../../src/train/index.ts';

const options: AdamOptions = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  clipNorm: Infinity,
};

const start = [1, -2, 3, 0.5];

const gradientsOf = (variables: readonly tf.Variable[], step: number): tf.NamedTensorMap =>
  Object.fromEntries(
    variables.map(({ name, shape, size }, v) => [
      name,
      tf.tensor(
        Float32Array.from({ length: size }, (_, i) => Math.sin(3 * i + 7 * step + v) * 0.3),
        shape,
      ),
    ]),
  );

const make = (): tf.Variable[] => [
  tf.variable(tf.tensor2d(start, [2, 2])),
  tf.variable(tf.tensor1d([0.1, 0.2])),
];

const valuesOf = (variables: readonly tf.Variable[]): number[] =>
  variables.flatMap((variable) => [...variable.dataSync()]);

for (const prefer of ['tensorflow', 'cpu'] as const) {
  describe(`Adam on the ${prefer} backend`, () => {
    beforeAll(async () => {
      await loadBackend({ prefer });
    });

    it("gives the values of Adam's definition, and so of tfjs's Adam", () => {
      const [mine, theirs] = [make(), make()];
      const adam = new Adam(mine, options);
      const stock = tf.train.adam(0.1, 0.9, 0.999, 1e-7);
      const exact = valuesOf(mine);
      const [m, v] = [exact.map(() => 0), exact.map(() => 0)];
      for (let step = 1; step <= 30; step++) {
        const gradients = gradientsOf(mine, step);
        const g = mine.flatMap(({ name }) => [...gradients[name]!.dataSync()]);
        adam.apply(gradients);
        stock.applyGradients(
          Object.entries(gradientsOf(theirs, step)).map(([name, tensor]) => ({ name, tensor })),
        );
        g.forEach((gi, i) => {
          m[i] = 0.9 * m[i]! + 0.1 * gi;
          v[i] = 0.999 * v[i]! + 0.001 * gi * gi;
          const mean = m[i] / (1 - 0.9 ** step);
          const square = v[i] / (1 - 0.999 ** step);
          exact[i]! -= (0.1 * mean) / (Math.sqrt(square) + 1e-7);
        });
      }
      const stockValues = valuesOf(theirs);
      valuesOf(mine).forEach((value, i) => {
        expect(Math.abs(value - exact[i]!)).toBeLessThan(prefer === 'cpu' ? 2e-6 : 1e-5);
        expect(Math.abs(value - stockValues[i]!)).toBeLessThan(2e-5);
      });
      adam.dispose();
    });

    it('scales a gradient longer than clipNorm to it, by the norm over all variables', () => {
      const run = (scale: number, clipNorm: number): { norm: number; values: number[] } => {
        const variables = make();
        // A large epsilon makes the step depend on the gradient's size.
        const adam = new Adam(variables, { ...options, epsilon: 10, clipNorm });
        const [a, b] = variables;
        const norm = adam.apply({
          [a!.name]: tf.mul(tf.ones([2, 2]), 3 * scale),
          [b!.name]: tf.mul(tf.ones([2]), 4 * scale),
        });
        adam.dispose();
        return { norm, values: valuesOf(variables) };
      };
      const long = Math.sqrt(4 * 9 + 2 * 16);
      expect(run(1, 1).norm).toBeCloseTo(long, 5);
      const clipped = run(1, 1).values;
      run(1 / long, Infinity).values.forEach((value, i) => {
        expect(clipped[i]).toBeCloseTo(value, 6);
      });
      expect(run(1, long + 1).values).toEqual(run(1, Infinity).values);
      expect(clipped).not.toEqual(run(1, Infinity).values);
    });

    it('applies the rate and the interval of a rule to its variable alone', () => {
      const variables = make();
      const ruled = variables[1]!;
      const adam = new Adam(variables, {
        ...options,
        rules: (variable) =>
          variable === ruled ? { learningRate: 0.01, min: 0.105, max: 2 } : undefined,
      });
      const [a, b] = variables;
      adam.apply({ [a!.name]: tf.ones([2, 2]), [b!.name]: tf.ones([2]) });
      // The first step of Adam has the length of the rate.
      valuesOf([a!]).forEach((value, i) => {
        expect(value).toBeCloseTo(start[i]! - 0.1, 5);
      });
      expect(valuesOf([b!])[0]).toBeCloseTo(0.105, 6);
      expect(valuesOf([b!])[1]).toBeCloseTo(0.19, 5);
      adam.dispose();
    });

    it('goes on from its state exactly', () => {
      const whole = make();
      const first = new Adam(whole, options);
      for (let step = 1; step <= 4; step++) first.apply(gradientsOf(whole, step));
      const resumed = whole.map((variable) => tf.variable(variable.clone()));
      const second = new Adam(resumed, options, first.state);
      for (let step = 5; step <= 9; step++) {
        first.apply(gradientsOf(whole, step));
        second.apply(gradientsOf(resumed, step));
      }
      expect(valuesOf(resumed)).toEqual(valuesOf(whole));
      expect(second.state).toEqual(first.state);
      expect(second.step).toBe(9);
      first.dispose();
      second.dispose();
    });

    it('refuses a gradient that is not finite and changes nothing', () => {
      const variables = make();
      const adam = new Adam(variables, options);
      const gradients = gradientsOf(variables, 1);
      const before = valuesOf(variables);
      gradients[variables[0]!.name] = tf.mul(tf.ones([2, 2]), NaN);
      expect(() => adam.apply(gradients)).toThrow(/step 1: the gradient must be finite/);
      expect(valuesOf(variables)).toEqual(before);
      expect(adam.step).toBe(0);
      adam.dispose();
    });

    it('frees everything it holds', () => {
      const variables = make();
      const { numTensors } = tf.memory();
      const adam = new Adam(variables, options);
      for (let step = 1; step <= 100; step++) {
        tf.tidy(() => {
          adam.apply(gradientsOf(variables, step));
        });
      }
      adam.dispose();
      expect(tf.memory().numTensors).toBe(numTensors);
    });
  });
}
