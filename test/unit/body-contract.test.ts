// What the function body does with masks, bad values, indices out of range, empty tensors, axes and shapes, in stock onnxruntime.

import { describe, expect, it } from 'vitest';
import { distance, openBody, referenceRows, type Call, type NodeOptions } from './body-support.ts';

const fine = [1, 0.5, -2];
const exactFine = { q: 1.5, r: 1.75 } as const;
const nan = [NaN, NaN, NaN];

/** The signatures that take different paths through the body. */
const paths: readonly { readonly name: string; readonly options: NodeOptions }[] = [
  { name: 'softmax', options: { q: false, r: false } },
  { name: 'softmax with r', options: { q: false, r: true } },
  { name: 'entmax', options: { q: true, r: false } },
  { name: 'exact', options: { q: true, r: true } },
  { name: 'coupling entmax', options: { q: true, r: true, attributes: { coupling: 'entmax' } } },
];

/** q and r of a call, where the signature has them. */
const indicesOf = ({ q, r }: NodeOptions, at: { q: number; r: number }): Partial<Call> => ({
  ...(q === false ? {} : { q: at.q }),
  ...(r === false ? {} : { r: at.r }),
});

const optionsOf = (options: NodeOptions, at: { q: number; r: number }) => ({
  ...indicesOf(options, at),
  coupling:
    options.attributes?.['coupling'] === 'entmax' ? ('entmax' as const) : ('exact' as const),
});

const closeTo = (values: readonly number[], expected: readonly number[]): void => {
  if (distance(values, expected) < 5e-7) return;
  expect(values).toEqual(expected);
};

describe.each(paths)('function body, $name', ({ options }) => {
  const rows = async (logits: readonly number[], at = { q: 1.5, r: 1.75 }, n = 3) => {
    const run = await openBody(options);
    const call = { logits, dims: [logits.length / n, n], ...indicesOf(options, at) };
    return (await run(call)).values;
  };

  it('gives a masked class exactly 0 and the others what they get without it', async () => {
    const [a, b, c] = await rows([0.75, -Infinity, 0.5]);
    expect(b).toBe(0);
    closeTo([a!, c!], referenceRows([0.75, 0.5], 2, optionsOf(options, exactFine)));
  });

  it.each([
    ['NaN', [0, NaN, 1]],
    ['+infinity', [0, Infinity, 1]],
    ['only masks', [-Infinity, -Infinity, -Infinity]],
  ])('makes a row with %s NaN and leaves its neighbours alone', async (_what, bad) => {
    const values = await rows([...fine, ...bad, ...fine]);
    expect(values.slice(3, 6)).toEqual(nan);
    const expected = referenceRows(fine, 3, optionsOf(options, exactFine));
    closeTo(values.slice(0, 3), expected);
    closeTo(values.slice(6), expected);
  });

  it('gives ties the same share, bit for bit', async () => {
    const [a, b, c] = await rows([0.5, 1, 1]);
    expect(b).toBe(c);
    expect(a).toBeLessThan(b!);
  });

  it('gives one class 1', async () => {
    expect(await rows([-7, 3.5], exactFine, 1)).toEqual([1, 1]);
  });

  it('gives 1 and exact 0 where one class leads by far', async () => {
    expect(await rows([1000, -1000, 0])).toEqual([1, 0, 0]);
  });

  it.each([{ dims: [0, 3] }, { dims: [2, 0, 3] }, { dims: [2, 0] }, { dims: [0] }])(
    'returns an empty tensor of shape $dims as it is',
    async ({ dims }) => {
      for (const opset of [13, 17]) {
        const run = await openBody({ ...options, opset });
        const result = await run({ logits: [], dims, ...indicesOf(options, exactFine) });
        expect(result).toEqual({ values: [], dims });
      }
    },
  );

  it('works along any axis of any rank, counted from either end', async () => {
    const dims = [2, 3, 4];
    const logits = Array.from({ length: 24 }, (_, i) => ((i * 7) % 11) / 4);
    for (const [axis, n, inner] of [
      [0, 2, 12],
      [1, 3, 4],
      [2, 4, 1],
    ] as const) {
      const expected = new Array<number>(24);
      for (let row = 0; row < 24 / n; row++) {
        const start = Math.floor(row / inner) * n * inner + (row % inner);
        const positions = Array.from({ length: n }, (_, i) => start + i * inner);
        const p = referenceRows(
          positions.map((at) => logits[at]!),
          n,
          optionsOf(options, exactFine),
        );
        positions.forEach((at, i) => (expected[at] = p[i]!));
      }
      for (const signed of [axis, axis - 3]) {
        const run = await openBody({
          ...options,
          attributes: { ...options.attributes, axis: signed },
        });
        const result = await run({ logits, dims, ...indicesOf(options, exactFine) });
        expect(result.dims).toEqual(dims);
        closeTo(result.values, expected);
      }
    }
  });

  it('works on rank 1', async () => {
    const run = await openBody(options);
    const result = await run({ logits: fine, dims: [3], ...indicesOf(options, exactFine) });
    expect(result.dims).toEqual([3]);
    closeTo(result.values, referenceRows(fine, 3, optionsOf(options, exactFine)));
  });

  it('fails on a scalar and on an axis out of range', async () => {
    const scalar = await openBody(options);
    await expect(
      scalar({ logits: [1], dims: [], ...indicesOf(options, exactFine) }),
    ).rejects.toThrow(/out of data bounds/);
    const far = await openBody({ ...options, attributes: { ...options.attributes, axis: 2 } });
    await expect(
      far({ logits: fine, dims: [1, 3], ...indicesOf(options, exactFine) }),
    ).rejects.toThrow(/out of data bounds/);
  });

  it('gives NaN throughout where an index is out of range or NaN', async () => {
    const outside = [
      ...(options.q === false ? [] : [0.99, 2.01, -1, Infinity, NaN].map((q) => ({ q, r: 1.75 }))),
      ...(options.r === false ? [] : [0.99, 4.01, NaN].map((r) => ({ q: 1.5, r }))),
    ];
    for (const at of outside) {
      expect(await rows([...fine, ...fine], at)).toEqual([...nan, ...nan]);
    }
  });

  it('takes the ends of the ranges', async () => {
    for (const at of [
      { q: 1, r: 1 },
      { q: 2, r: 2 },
      { q: 2, r: 4 },
      { q: 1, r: 4 },
      { q: 2, r: 1 },
    ]) {
      closeTo(await rows(fine, at), referenceRows(fine, 3, optionsOf(options, at)));
    }
  });
});

describe('function body, batches', () => {
  it('gives a row the same bits whatever the other rows are', async () => {
    const run = await openBody();
    const alone = await run({ logits: fine, dims: [1, 3], ...exactFine });
    // The neighbours take more steps: a leader just at the edge, near ties, a NaN row.
    const batch = await run({
      logits: [2.9, 0, 0, ...fine, 1e-6, 0, -1e-6, NaN, 0, 0],
      dims: [4, 3],
      ...exactFine,
    });
    expect(batch.values.slice(3, 6)).toEqual(alone.values);
  });

  it('takes one model for any batch and any number of classes', async () => {
    const run = await openBody({ dims: ['N', 'C'] });
    for (const [count, n] of [
      [1, 2],
      [5, 64],
      [2, 65],
      [3, 200],
    ] as const) {
      const logits = Array.from({ length: count * n }, (_, i) => Math.sin(i * 12.9898) * 2);
      const result = await run({ logits, dims: [count, n], ...exactFine });
      closeTo(result.values, referenceRows(logits.map(Math.fround), n, exactFine));
    }
  });
});
