// The five normalisers are points of SharMiX: their values, what they train, what they refuse.

import { beforeAll, describe, expect, it } from 'vitest';
import { createNormaliser } from '../../../ops/sharmix/train/index.ts';
import { entmax, normmax, sharmix, softmax, sparsemax } from '../../../ops/sharmix/math/index.ts';
import { loadBackend, tf } from '../../../src/train/index.ts';

beforeAll(async () => {
  await loadBackend({ prefer: 'tensorflow' });
});

const modelOf = (head: tf.layers.Layer): tf.LayersModel => {
  const inputs = tf.input({ shape: [3] });
  return tf.model({ inputs, outputs: head.apply(inputs) as tf.SymbolicTensor });
};

describe('createNormaliser', () => {
  const z = [1.3, 0.4, -0.2];

  it.each([
    ['softmax' as const, {}, (): Float64Array => softmax(z)],
    ['sparsemax' as const, {}, (): Float64Array => sparsemax(z)],
    ['entmax' as const, {}, (): Float64Array => entmax(z, 1.5)],
    ['entmax' as const, { q: 1.25 }, (): Float64Array => entmax(z, 1.25)],
    ['normmax' as const, { q: 1.8 }, (): Float64Array => normmax(z, 1.8)],
    ['sharmix' as const, { q: 1.5, r: 1.8 }, (): Float64Array => sharmix(z, { q: 1.5, r: 1.8 })],
  ])('makes %s with %o', (kind, options, expected) => {
    const model = modelOf(createNormaliser(kind, options));
    const p = (model.predict(tf.tensor2d([z])) as tf.Tensor).dataSync();
    expected().forEach((value, i) => {
      expect(Math.abs(p[i]! - value)).toBeLessThan(2e-6);
      expect(p[i] === 0).toBe(value === 0);
    });
  });

  it('trains the indices of sharmix alone', () => {
    const trained = (kind: Parameters<typeof createNormaliser>[0]): number =>
      modelOf(createNormaliser(kind)).trainableWeights.length;
    expect(trained('sharmix')).toBe(2);
    for (const kind of ['softmax', 'sparsemax', 'entmax', 'normmax'] as const) {
      expect(trained(kind)).toBe(0);
    }
  });

  it('refuses an option that the normaliser fixes', () => {
    expect(() => createNormaliser('softmax', { q: 1.5 })).toThrow(/q must be left out for softmax/);
    expect(() => createNormaliser('normmax', { q: 1 })).toThrow(/q of normmax must be > 1, got 1/);
  });
});
