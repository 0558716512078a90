// The comparison of an export with tfjs: a wrong exporter is refused, with the place and the layer.

import { beforeAll, describe, expect, it } from 'vitest';
import { exportModel, type LayerRule } from '../../../ops/export.ts';
import { loadBackend, tf } from '../../../src/train/index.ts';
import { compare, positionOf } from '../../../src/export/compare.ts';
import { Doubled, exported, oneLayer, randomise, times } from './models.ts';

beforeAll(async () => {
  await loadBackend({ prefer: 'cpu' });
});

describe('verification', () => {
  const wrong = { exporters: { Doubled: times(2.1) } };

  const model = (): tf.LayersModel => {
    const x = tf.input({ shape: [3], name: 'x' });
    const first = tf.layers.dense({ units: 4, name: 'first' }).apply(x);
    const twice = new Doubled({ name: 'twice' }).apply(first);
    const last = tf.layers.dense({ units: 2, name: 'last' }).apply(twice);
    return randomise(tf.model({ inputs: x, outputs: last as tf.SymbolicTensor }));
  };

  it('refuses a wrong exporter, with the place and the layer it comes from', async () => {
    await expect(exported(model(), wrong)).rejects.toThrow(
      /output last of the stock session at batch 1 must agree with tfjs, got -?\d.*, tfjs -?\d.* at \[0, [01]\]\. Hint: the first layer that differs is twice: got/,
    );
  });

  it('takes a tolerance', async () => {
    const tolerance = { relative: 1, absolute: 10 };
    const { report } = await exported(model(), { ...wrong, tolerance });
    expect(Math.max(...report.differences.map(({ absolute }) => absolute))).toBeGreaterThan(0.01);
  });

  it('can be left out', async () => {
    const { report } = await exported(model(), { ...wrong, verify: false });
    expect(report.differences).toEqual([]);
  });

  it('says so where onnxruntime refuses the model', async () => {
    const exporters = {
      Doubled: (layer: Parameters<LayerRule>[0]) => ({ value: layer.op('Twice', [layer.float()]) }),
    };
    await expect(exported(model(), { exporters })).rejects.toThrow(
      /the stock session must take the exported model, got .*Twice/s,
    );
  });

  it('loads onnxruntime-node by itself', async () => {
    const { report } = await exportModel(oneLayer(tf.layers.dense({ units: 2 }), [3]));
    expect(report.differences).toHaveLength(2);
  });
});

describe('compare', () => {
  it('finds the element that is furthest outside the tolerance', () => {
    const { absolute, fault } = compare([1, 2.1, 3.5], [1, 2, 3], {});
    expect(absolute).toBe(0.5);
    expect(fault).toEqual({ index: 2, actual: 3.5, expected: 3 });
  });

  it('adds the relative to the absolute tolerance', () => {
    const tolerance = { absolute: 0.1, relative: 0.1 };
    expect(compare([10.9], [10], tolerance).fault).toBeUndefined();
    expect(compare([11.2], [10], tolerance).fault).toBeDefined();
  });

  it('takes NaN for equal to NaN alone', () => {
    expect(compare([NaN, Infinity], [NaN, Infinity], {})).toEqual({ absolute: 0 });
    const { absolute, fault } = compare([NaN], [0.5], {});
    expect(absolute).toBeNaN();
    expect(fault).toEqual({ index: 0, actual: NaN, expected: 0.5 });
  });

  it('finds a fault after a NaN, and keeps NaN as the worst', () => {
    const { absolute, fault } = compare([NaN, 0.1], [0.5, 0.5], {});
    expect(absolute).toBeNaN();
    expect(fault?.index).toBe(0);
  });

  it('names positions', () => {
    expect(positionOf(7, [3, 3])).toBe('[2, 1]');
    expect(positionOf(0, [1, 2, 3])).toBe('[0, 0, 0]');
  });
});
