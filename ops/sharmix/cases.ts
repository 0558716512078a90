// Cases of SharMiX that every form is tested on: its contract, the edges of q and r, random rows; and what holds of any result.

import { rowsAlong } from '../../src/schema/index.ts';
import {
  caseScalar,
  type CaseCall,
  type CaseTensor,
  type OpCase,
  type OpCases,
  type OpGenerator,
  type Random,
} from '../../src/testing/index.ts';
import { sharmix } from './index.ts';
import { invariants, isNearKink } from './invariants.ts';
import type { SharmixAttributes } from './schema.ts';

interface Options extends Partial<SharmixAttributes> {
  readonly q?: number;
  readonly r?: number;
  /** Shape of the logits. Default: one axis. */
  readonly dims?: readonly number[];
  /** Shape of q and r. Default: []. */
  readonly indexDims?: readonly number[];
}

const call = (values: readonly number[], options: Options = {}): CaseCall => {
  const { q, r, dims = [values.length], indexDims = [], ...attributes } = options;
  const index = (value: number | undefined): CaseTensor | undefined =>
    value === undefined ? undefined : { ...caseScalar(value), dims: indexDims };
  return { inputs: { logits: { dims, values }, q: index(q), r: index(r) }, attributes };
};

const named = (name: string, values: readonly number[], options?: Options): OpCase => ({
  name,
  ...call(values, options),
});

const outOfDomain = (name: string, options: Options): OpCase => ({
  ...named(name, [0.5, 0, -1], options),
  isOutOfDomain: true,
});

const mask = -Infinity;
const row = [0.4, -0.3, 1.1, 0.9, -2];
/** Two rows for each of 24 = 2 * 3 * 4 elements, whatever the axis. */
const block = Array.from({ length: 24 }, (_, i) => Math.sin(3 * i) * 1.5);

const indices: readonly (readonly [number, number])[] = [
  [1, 1],
  [1 + 2 ** -10, 1 + 2 ** -10],
  [1.01, 1.01],
  [1.25, 1.25],
  [1.5, 1.5],
  [1.9, 1.9],
  [2, 2],
  [1, 4],
  [1 + 2 ** -10, 2],
  [1.25, 1.75],
  [1.5, 4],
  [2, 4],
  // r < q, concave: r >= 2 - 1/q.
  [1.5, 2 - 1 / 1.5],
  [2, 1.5],
  [1.75, 1.6],
  // Not concave.
  [1.5, 1.25],
  [1.25, 1],
  [2, 1],
  [1 + 2 ** -10, 1],
];

const edges = indices.flatMap(([q, r]) => [
  named(`q ${q}, r ${r}`, row, { q, r }),
  named(`q ${q}, r ${r}, ties`, [0.7, 0.7, -0.1, 0.7, -0.1, -5], { q, r }),
  named(`q ${q}, r ${r}, far apart`, [40, -30, 39.5, 0], { q, r }),
  named(`q ${q}, r ${r}, masks`, [mask, 0.2, mask, 0.9, 0.3], { q, r }),
]);

const contract: readonly OpCase[] = [
  named('q and r absent', row),
  named('r absent', row, { q: 1.5 }),
  named('q absent', row, { r: 1.5 }),
  named('q and r of shape [1]', row, { q: 1.5, r: 1.75, indexDims: [1] }),
  named('one class', [3], { q: 1.5, r: 1.75 }),
  named('one class, softmax', [-1000]),
  named('one class, not concave', [0.1], { q: 2, r: 1 }),
  named('all equal', [2, 2, 2, 2], { q: 1.5, r: 1.75 }),
  named('all equal, not concave', [2, 2, 2, 2], { q: 2, r: 1 }),
  named('all but one masked', [mask, mask, -4, mask], { q: 1.5, r: 1.75 }),
  named('all but one masked, softmax', [mask, 0.5, mask]),
  named('large logits', [3e4, 3e4 - 16, 2.9e4], { q: 1.5, r: 1.75 }),
  named('spread over the whole range', [6e4, 0, -6e4], { q: 1.25, r: 1.75 }),
  named('empty batch', [], { q: 1.5, r: 1.75, dims: [0, 3] }),
  named('empty batch, softmax', [], { dims: [2, 0, 3] }),
  named('empty rows', [], { q: 1.5, r: 1.75, dims: [2, 0] }),
  named('NaN in a row', [0, NaN, 1, 0.5, 0, 0.2], { q: 1.5, r: 1.75, dims: [2, 3] }),
  named('+infinity in a row', [0, Infinity, 1, 0.5, 0, 0.2], { q: 1.5, r: 1.75, dims: [2, 3] }),
  named('two +infinities in a row', [Infinity, Infinity, 1], { q: 1.5, r: 1.75 }),
  named('a row masked throughout', [mask, mask, mask, 0.5, 0, 0.2], {
    q: 1.5,
    r: 1.75,
    dims: [2, 3],
  }),
  named('NaN beside a mask', [mask, NaN, 1], { q: 1.5, r: 1.75 }),
  named('NaN, softmax', [0.5, 0, 0.2, 0, NaN, 1], { dims: [2, 3] }),
  named('+infinity, softmax', [0, Infinity, 1]),
  named('a row masked throughout, softmax', [mask, mask, mask]),
  named('NaN, not concave', [0, NaN, 1, 0.5, 0, 0.2], { q: 1.5, r: 1, dims: [2, 3] }),
  named('NaN, coupling entmax', [0, NaN, 1], { q: 1.5, r: 1, coupling: 'entmax' }),
  named('one class that is NaN', [NaN], { q: 1.5, r: 1.75 }),
  named('one class, masked', [mask], { q: 1.5, r: 1.75 }),
  ...[-3, -2, -1, 0, 1, 2].map((axis) =>
    named(`axis ${axis}`, block, { q: 1.5, r: 1.75, dims: [2, 3, 4], axis }),
  ),
  named('axis 0 of rank 1', row, { q: 1.5, r: 1.75, axis: 0 }),
  named('axis 1 of rank 4', block, { q: 1.25, r: 1.25, dims: [2, 3, 2, 2], axis: 1 }),
  named('axis 0, softmax', block, { dims: [4, 6], axis: 0 }),
  named('axis 1, not concave', block, { q: 1.5, r: 1, dims: [2, 3, 4], axis: 1 }),
  named('axis 1, coupling entmax', block, {
    q: 1.5,
    r: 1,
    dims: [2, 3, 4],
    axis: 1,
    coupling: 'entmax',
  }),
  ...[0.25, 0.7, 3].flatMap((temperature) => [
    named(`temperature ${temperature}`, row, { q: 1.5, r: 1.75, temperature }),
    named(`temperature ${temperature}, softmax`, row, { temperature }),
    named(`temperature ${temperature}, not concave`, row, { q: 1.5, r: 1, temperature }),
  ]),
  ...[1, 1.25, 1.5, 2].map((q) =>
    named(`coupling entmax, q ${q}`, row, { q, r: 3, coupling: 'entmax' }),
  ),
  named('coupling entmax, r in the non-concave region', row, { q: 1.5, r: 1, coupling: 'entmax' }),
  named('coupling entmax, q and r absent', row, { coupling: 'entmax' }),
  named('coupling entmax, r absent', row, { q: 1.5, coupling: 'entmax' }),
  named('coupling entmax, q absent', row, { r: 2, coupling: 'entmax' }),
  outOfDomain('q below 1', { q: 0.99, r: 1.5 }),
  outOfDomain('q above 2', { q: 2.01, r: 2 }),
  outOfDomain('q NaN', { q: NaN, r: 1.5 }),
  outOfDomain('q infinite', { q: Infinity, r: 1.5 }),
  outOfDomain('r below 1', { q: 1.5, r: 0.9 }),
  outOfDomain('r above 4', { q: 1.5, r: 4.01 }),
  outOfDomain('r NaN', { q: 1.5, r: NaN }),
  outOfDomain('q above 2, r absent', { q: 2.5 }),
  outOfDomain('q below 1, coupling entmax', { q: 0.5, r: 1.5, coupling: 'entmax' }),
  outOfDomain('r above 4, coupling entmax', { q: 1.5, r: 5, coupling: 'entmax' }),
];

/** Rows of n logits. The hard ones: a leader over ties or near-ties, where a kink lies close to the root; tiny
 * differences, where the objective is flat. */
const kinds = {
  normal: (random: Random, n: number) => Array.from({ length: n }, () => random.normal()),
  tiny: (random: Random, n: number) => Array.from({ length: n }, () => 1e-5 * random.normal()),
  ties: (random: Random, n: number) => Array.from({ length: n }, () => random.integer(4) / 2),
  'leader over near-ties': (random: Random, n: number) => {
    const spread = random.pick([0, 1e-4, 1e-2]);
    const z = Array.from({ length: n }, () => spread * random.normal());
    z[random.integer(n)] = 3 * random.uniform();
    return z;
  },
  'heavy masks': (random: Random, n: number) => {
    const z = Array.from({ length: n }, () => (random.uniform() < 0.7 ? mask : random.normal()));
    z[random.integer(n)] = random.normal();
    return z;
  },
} satisfies Record<string, (random: Random, n: number) => number[]>;

const randomIndices = (random: Random): { q: number; r: number } => {
  const q = random.uniform() < 0.5 ? random.pick([1, 1.05, 1.25, 1.5, 2]) : 1 + random.uniform();
  const choice = random.uniform();
  if (choice < 0.35) return { q, r: q };
  if (choice < 0.6) return { q, r: 2 - 1 / q + random.uniform() * (1 / q) };
  if (choice < 0.85) return { q, r: 1 + 3 * random.uniform() };
  return { q, r: 1 + random.uniform() * (1 - 1 / q) };
};

/** Calls, and rows a call, by length. */
const sizes: readonly (readonly [n: number, count: number, rows: number])[] = [
  [3, 30, 8],
  [10, 30, 4],
  [130, 16, 2],
  [1000, 6, 1],
];

const generators: readonly OpGenerator[] = sizes.flatMap(([n, count, rows]) =>
  Object.entries(kinds).map(([kind, logits], i) => ({
    name: `${kind}, n ${n}`,
    seed: 1000 * n + i,
    count,
    generate: (random) => {
      const values = Array.from({ length: rows }, () => logits(random, n)).flat();
      return call(values, { ...randomIndices(random), dims: [rows, n] });
    },
  })),
);

/** Cases of SharMiX. */
export const cases: OpCases = {
  op: sharmix,
  cases: [...contract, ...edges],
  generators,
  length: ({ inputs, attributes }) =>
    rowsAlong((inputs['logits'] as CaseTensor).dims, Number(attributes?.['axis'] ?? -1), 'cases').n,
  isNearKink,
  invariants,
};
