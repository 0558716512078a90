// UnsortedSegmentSum for tfjs's cpu backend, as a scatter-add. tfjs's own compares every row with every segment:
// the gradient of an embedding then costs minutes an epoch.

import { ShapeError } from '../core/errors.ts';
import { tf } from './tf.ts';

/** Adds each of the rows of `x` into the row of `out` that `ids` names; rows with an id outside `[0, segments)` are left out.
 *
 * `out[ids[i], j] += x[i, j]`, i < ids.length, j < width. */
export const scatterAdd = (
  out: Float32Array | Int32Array,
  x: ArrayLike<number>,
  ids: ArrayLike<number>,
  width: number,
): void => {
  const segments = out.length / width;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!(id >= 0 && id < segments)) continue;
    const from = i * width;
    const to = id * width;
    for (let j = 0; j < width; j++) out[to + j]! += x[from + j]!;
  }
};

const name = 'UnsortedSegmentSum';

interface Inputs {
  readonly x: tf.TensorInfo;
  readonly segmentIds: tf.TensorInfo;
}

const kernel: tf.KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, segmentIds } = inputs as unknown as Inputs;
  const segments = (attrs as unknown as { numSegments: number }).numSegments;
  const idRank = segmentIds.shape.length;
  if (segmentIds.shape.some((dim, i) => dim !== x.shape[i])) {
    throw new ShapeError({
      where: name,
      what: 'segmentIds',
      rule: 'must have the leading dimensions of x',
      actual: `[${segmentIds.shape.join(', ')}] for [${x.shape.join(', ')}]`,
    });
  }
  const shape = [segments, ...x.shape.slice(idRank)];
  const width = tf.util.sizeFromShape(x.shape.slice(idRank));
  const cpu = backend as unknown as CpuBackend;
  const out = new (x.dtype === 'int32' ? Int32Array : Float32Array)(segments * width);
  if (out.length > 0) {
    scatterAdd(out, cpu.readSync(x.dataId), cpu.readSync(segmentIds.dataId), width);
  }
  return { dataId: cpu.write(out, shape, x.dtype), shape, dtype: x.dtype };
};

interface CpuBackend {
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array;
  write(values: Float32Array | Int32Array, shape: number[], dtype: tf.DataType): object;
}

let registered = false;

/** Puts the scatter-add in place of tfjs's own kernel on the `cpu` backend. */
export const registerSegmentSum = (): void => {
  if (registered) return;
  registered = true;
  if (tf.getKernel(name, 'cpu') !== undefined) tf.unregisterKernel(name, 'cpu');
  tf.registerKernel({ kernelName: name, backendName: 'cpu', kernelFunc: kernel });
};
