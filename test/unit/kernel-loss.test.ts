// The loss of float32 rows against the float64 reference, and what it refuses.

import { describe, expect, it } from 'vitest';
import { forwardRows, lossRows, type RowOptions } from '../../ops/sharmix/cpu/index.ts';
import { sharmixLoss } from '../../ops/sharmix/math/index.ts';
import type { Coupling } from '../../ops/sharmix/schema.ts';
import { ShapeError } from '../../src/schema/index.ts';
import { randomOf } from '../../src/testing/index.ts';
import { largestError, scaledError, vectors } from './kernel-vectors.ts';

const oneHot = (n: number, label: number): Float32Array => {
  const target = new Float32Array(n);
  target[label] = 1;
  return target;
};

/** Mass on every class that is not masked, more on the label. */
const soft = (z: Float32Array, label: number): Float32Array => {
  const target = Float32Array.from(z, (value, i) =>
    value === -Infinity ? 0 : i === label ? 3 : 1,
  );
  const total = target.reduce((sum, value) => sum + value, 0);
  return target.map((value) => value / total);
};

describe.each<Coupling>(['exact', 'entmax'])('the loss of rows, coupling %s', (coupling) => {
  it.each([
    ['one-hot', (z: Float32Array, label: number) => oneHot(z.length, label)],
    ['soft', soft],
  ] as const)('agrees with the reference on every golden vector for %s targets', (_, make) => {
    const errors = vectors.map(({ name, z, q, r, temperature, label }) => {
      const o = { q, r, temperature, coupling };
      const target = make(z, label);
      const actual = lossRows(z, target, z.length, o);
      const expected = sharmixLoss(z, target, o);
      return {
        name,
        loss: scaledError(actual.loss[0]!, expected.loss),
        dz: largestError(actual.dz, expected.dz),
        dq: scaledError(actual.dq[0]!, expected.dq),
        dr: scaledError(actual.dr[0]!, expected.dr),
      };
    });
    expect(errors).toHaveLength(331);
    expect(
      errors.filter(({ name: _name, ...each }) =>
        Object.values(each).some((error) => !(error < 1e-6)),
      ),
    ).toEqual([]);
  });
});

describe('the loss of rows', () => {
  const o: RowOptions = { q: 1.5, r: 1.75, temperature: 0.5, coupling: 'exact' };
  const random = randomOf(4);
  const z = Float32Array.from({ length: 12 }, () => random.normal());
  const targets = Float32Array.of(1, 0, 0, 0, 0.5, 0.5, 0, 0, 1, 0.2, 0.3, 0.5);

  it('has an entry a row, each that of the row alone', () => {
    const all = lossRows(z, targets, 3, o);
    expect([all.loss.length, all.dq.length, all.dr.length]).toEqual([4, 4, 4]);
    for (let i = 0; i < 4; i++) {
      const at = [3 * i, 3 * i + 3] as const;
      const one = lossRows(z.slice(...at), targets.slice(...at), 3, o);
      expect(all.dz.slice(...at)).toEqual(one.dz);
      expect([all.loss[i], all.dq[i], all.dr[i]]).toEqual([one.loss[0], one.dq[0], one.dr[0]]);
    }
  });

  it('has the probabilities of the forward pass', () => {
    const p = new Float32Array(12);
    forwardRows(z, p, { outer: 4, n: 3, inner: 1 }, o);
    expect(lossRows(z, targets, 3, o).probabilities).toEqual(p);
  });

  it('is 0 with no gradient where the target leads by temperature/(q - 1)', () => {
    const { loss, dz, dq, dr } = lossRows(Float32Array.of(3, 2, 1.5), oneHot(3, 0), 3, o);
    expect([loss[0], ...dz, dq[0], dr[0]]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('is infinite where a masked class has target mass', () => {
    const { loss } = lossRows(Float32Array.of(0, -Infinity), Float32Array.of(0, 1), 2, o);
    expect(loss[0]).toBe(Infinity);
  });

  it('is NaN throughout a row without a solution', () => {
    const bad = z.slice();
    bad[3] = NaN;
    const { loss, probabilities, dz, dq, dr } = lossRows(bad, targets, 3, o);
    const nan = (values: ArrayLike<number>) =>
      Array.from(values).flatMap((value, i) => (Number.isNaN(value) ? [i] : []));
    expect([loss, dq, dr].map(nan)).toEqual([[1], [1], [1]]);
    expect([probabilities, dz].map(nan)).toEqual([
      [3, 4, 5],
      [3, 4, 5],
    ]);
  });

  it('is empty for no rows', () => {
    const { loss, dz } = lossRows(new Float32Array(0), new Float32Array(0), 3, o);
    expect([loss.length, dz.length]).toEqual([0, 0]);
  });

  it.each([
    ['a negative target', [0.5, -0.5, 1], /target 1 of row 0 must be >= 0, got -0.5/],
    ['a NaN target', [0.5, NaN, 0.5], /target 1 of row 0 must be >= 0, got NaN/],
    ['a class number', [2, 0, 0], /targets of row 0 must sum to 1 within 0.00001, got 2/],
    ['no target', [0, 0, 0], /targets of row 0 must sum to 1/],
  ])('refuses %s', (_, target, message) => {
    const run = () => lossRows(z.slice(0, 3), Float32Array.from(target), 3, o);
    expect(run).toThrow(RangeError);
    expect(run).toThrow(message);
  });

  it('refuses targets of another length, and logits that are no rows', () => {
    expect(() => lossRows(z, targets.slice(3), 3, o)).toThrow(ShapeError);
    expect(() => lossRows(z, targets, 5, o)).toThrow(ShapeError);
  });

  it('refuses q out of range', () => {
    expect(() => lossRows(z, targets, 3, { ...o, q: 2.5 })).toThrow(RangeError);
  });
});
