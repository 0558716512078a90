// The tfjs pieces on both backends: operator bridge, masked mean, scatter-add, choice of backend.

import { beforeAll, describe, expect, it } from 'vitest';
import { defineOp, float, missing } from '../../../src/schema/index.ts';
import { loadBackend, MaskedMean, tf, tfOp } from '../../../src/train/index.ts';
import { scatterAdd } from '../../../src/train/segment-sum.ts';
import { tokenModel } from './small-model.ts';

/** y = scale * a * b with its gradient written by hand. */
const product = defineOp({
  type: 'Product',
  domain: 'com.example',
  version: 1,
  inputs: { a: 'float32', b: 'float32?' },
  outputs: { y: 'float32' },
  attributes: { scale: float(2) },
  types: {},
  infer: ({ a }) => ({ y: a }),
  kernel: ({ a, b }, { scale }) => ({
    y: {
      dtype: 'float32',
      dims: a.dims,
      data: Float32Array.from(
        a.data as Float32Array,
        (v, i) => scale * v * Number(b?.data[i] ?? 1),
      ),
    },
  }),
  grad: ({ a, b }, _, { y }, { scale }) => {
    const times = (x: typeof a | undefined): typeof a => ({
      dtype: 'float32',
      dims: a.dims,
      data: Float32Array.from(
        y.data as Float32Array,
        (v, i) => scale * v * Number(x?.data[i] ?? 1),
      ),
    });
    return { a: times(b), ...(b === undefined ? {} : { b: times(a) }) };
  },
  shader: missing('test'),
  body: missing('test'),
});

for (const prefer of ['tensorflow', 'cpu'] as const) {
  describe(`on the ${prefer} backend`, () => {
    beforeAll(async () => {
      await loadBackend({ prefer });
    });

    it('loadBackend makes it the current one, and tells its version', async () => {
      const { name, detail } = await loadBackend({ prefer });
      expect(name).toBe(prefer);
      expect(tf.getBackend()).toBe(prefer);
      expect(detail).toMatch(prefer === 'cpu' ? /^tfjs 4\./ : /^tfjs-node on TensorFlow 2\./);
    });

    it('tfOp runs the kernel forward and grad backward', () => {
      const op = tfOp(product);
      const a = tf.tensor1d([1, 2, 3]);
      const b = tf.tensor1d([4, 5, 6]);
      expect([...op({ a, b }).dataSync()]).toEqual([8, 20, 36]);
      expect([...op({ a, b }, { scale: 1 }).dataSync()]).toEqual([4, 10, 18]);
      const [da, db] = tf.grads((x: tf.Tensor, y: tf.Tensor) => op({ a: x, b: y }))([a, b]);
      expect([...da!.dataSync()]).toEqual([8, 10, 12]);
      expect([...db!.dataSync()]).toEqual([2, 4, 6]);
      expect([
        ...tf
          .grad((x: tf.Tensor) => op({ a: x }))(a)
          .dataSync(),
      ]).toEqual([2, 2, 2]);
    });

    it('tfOp composes with other ops in one gradient', () => {
      const op = tfOp(product);
      const slope = tf.grad((x: tf.Tensor) => tf.sum(tf.square(op({ a: tf.mul(x, 3), b: x }))));
      // y = 6 x^2, d(y^2)/dx = 144 x^3
      expect([...slope(tf.tensor1d([1, 2])).dataSync()]).toEqual([144, 1152]);
    });

    it('MaskedMean averages the steps that are no padding, and gives zeros for padding alone', () => {
      const embedding = tf.layers.embedding({
        inputDim: 4,
        outputDim: 2,
        maskZero: true,
        weights: [
          tf.tensor2d([
            [9, 9],
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
        ],
      });
      const inputs = tf.input({ shape: [3], dtype: 'int32' });
      const outputs = new MaskedMean().apply(embedding.apply(inputs)) as tf.SymbolicTensor;
      const model = tf.model({ inputs, outputs });
      const y = model.predict(
        tf.tensor2d(
          [
            [1, 2, 0],
            [3, 0, 0],
            [0, 0, 0],
          ],
          [3, 3],
          'int32',
        ),
      );
      expect((y as tf.Tensor).arraySync()).toEqual([
        [2, 3],
        [5, 6],
        [0, 0],
      ]);
    });

    it('MaskedMean without a mask is the mean', () => {
      const y = new MaskedMean().apply(
        tf.tensor3d([
          [
            [1, 2],
            [3, 6],
          ],
        ]),
      ) as tf.Tensor;
      expect(y.arraySync()).toEqual([[2, 4]]);
    });

    it('MaskedMean saves and loads in a model, and a Softmax layer after it sees no mask', async () => {
      const model = tokenModel();
      let saved: tf.io.ModelArtifacts | undefined;
      await model.save(
        tf.io.withSaveHandler(async (artifacts) => {
          saved = artifacts;
          return {
            modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const },
          };
        }),
      );
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
      const x = tf.tensor2d([[1, 5, 0, 0, 0, 0]], [1, 6], 'int32');
      const expected = (model.predict(x) as tf.Tensor).dataSync();
      expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(expected);
    });

    it('unsortedSegmentSum adds rows by segment', () => {
      const x = tf.tensor2d([
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ]);
      const ids = tf.tensor1d([2, 0, 2, -1], 'int32');
      expect(tf.unsortedSegmentSum(x, ids, 4).arraySync()).toEqual([
        [3, 4],
        [0, 0],
        [6, 8],
        [0, 0],
      ]);
    });

    it('the gradient of an embedding sums repeated tokens', () => {
      const table = tf.tensor2d([
        [1, 1],
        [2, 2],
        [3, 3],
      ]);
      const ids = tf.tensor2d(
        [
          [1, 1],
          [2, 1],
        ],
        [2, 2],
        'int32',
      );
      const slope = tf.grad((t: tf.Tensor) => tf.sum(tf.gather(t as tf.Tensor2D, ids)))(table);
      expect(slope.arraySync()).toEqual([
        [0, 0],
        [3, 3],
        [1, 1],
      ]);
    });
  });
}

describe('scatterAdd', () => {
  it('is the definition on random rows', () => {
    const [rows, width, segments] = [200, 3, 11];
    const x = Float32Array.from({ length: rows * width }, (_, i) => ((i * 37) % 101) - 50);
    const ids = Int32Array.from({ length: rows }, (_, i) => ((i * 53) % 14) - 1);
    const out = new Float32Array(segments * width);
    scatterAdd(out, x, ids, width);
    for (let segment = 0; segment < segments; segment++) {
      for (let j = 0; j < width; j++) {
        let sum = 0;
        ids.forEach((id, i) => {
          if (id === segment) sum += x[i * width + j]!;
        });
        expect(out[segment * width + j]).toBe(sum);
      }
    }
  });
});

describe('tfOp', () => {
  it('runs an operator without a gradient forward, and says why it has none', () => {
    const op = tfOp({ ...product, grad: missing('not trained') });
    const a = tf.tensor1d([1, 2]);
    expect([...op({ a }).dataSync()]).toEqual([2, 4]);
    expect(() => tf.grad((x: tf.Tensor) => op({ a: x }))(a)).toThrow(
      /Product: grad is needed to differentiate through the op, got missing: not trained/,
    );
  });
});
