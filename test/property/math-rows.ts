// Arbitrary rows of logits and indices for the properties of the reference: dense, tiny, wide, tied, led, clustered.

import fc from 'fast-check';

const real = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true, noDefaultInfinity: true });

const rowOf = (entry: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(entry, { minLength: 1, maxLength: 40 });

/** One logit above many that lie close together or tie. */
const led = fc
  .tuple(real(0, 4), fc.constantFrom(0, 1e-3, 0.1), rowOf(real(-1, 1)))
  .map(([lead, scale, others]) => [lead, ...others.map((value) => value * scale)]);

const clustered = rowOf(
  fc
    .tuple(fc.constantFrom(0, 0.5, 1.5, 4), real(-1e-4, 1e-4))
    .map(([centre, noise]) => centre + noise),
);

/** A row of 1 to 41 finite logits. */
export const rows: fc.Arbitrary<number[]> = fc.oneof(
  rowOf(real(-3, 3)),
  rowOf(real(-1e-5, 1e-5)),
  rowOf(real(-60, 60)),
  rowOf(fc.integer({ min: -8, max: 8 }).map((value) => value / 4)),
  led,
  clustered,
);

/** q in [1, 2] as the operator has it, the ends and values next to 1 included. */
export const qs: fc.Arbitrary<number> = fc.oneof(
  real(1, 2),
  fc.constantFrom(1, 1 + 2 ** -52, 1 + 2 ** -20, 1.01, 1.25, 1.5, 2 - 2 ** -20, 2),
);

/** Indices of the operator. */
export interface Indices {
  readonly q: number;
  readonly r: number;
}

/** Any q in [1, 2], r in [1, 4]. */
export const indices: fc.Arbitrary<Indices> = fc
  .tuple(qs, fc.oneof(real(1, 2), real(1, 4), fc.constantFrom(1, 1 + 2 ** -20, 2, 4)))
  .map(([q, r]) => ({ q, r }));

/** q and r where the objective is concave, r = q and the boundary r = 2 - 1/q included. */
export const concave: fc.Arbitrary<Indices> = fc
  .tuple(qs, fc.oneof(real(0, 1), fc.constantFrom(0, 1)), fc.boolean())
  .map(([q, share, entmax]) => {
    const boundary = 2 - 1 / q;
    return { q, r: entmax ? q : Math.max(boundary, boundary + share * (4 - boundary)) };
  });

/** q in [2, 4], which the reference alone takes, and r in the concave region. */
export const beyond: fc.Arbitrary<Indices> = fc
  .tuple(real(2, 4), real(0, 1))
  .map(([q, share]) => ({ q, r: 2 - 1 / q + share * (2 + 1 / q) }));

/** q and r where several maxima may exist. */
export const nonConcave: fc.Arbitrary<Indices> = fc
  .tuple(real(1.05, 2), real(0, 0.98))
  .map(([q, share]) => ({ q, r: 1 + share * (1 - 1 / q) }));

/** A point of the simplex for each row length: normalised exponentials, some of them zeroed. */
export const simplexPoint = (n: number): fc.Arbitrary<number[]> =>
  fc.array(fc.tuple(real(1e-6, 1), fc.boolean()), { minLength: n, maxLength: n }).map((entries) => {
    const weights = entries.map(([u, kept], i) => (kept || i === 0 ? -Math.log(u) + 1e-9 : 0));
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / sum);
  });

/** `<p, z>/t + H_{r,q}(p)/q` by the textbook formulas, for q and r not next to their limits. */
export const naiveObjective = (
  p: ArrayLike<number>,
  z: readonly number[],
  { q, r }: Indices,
): number => {
  let linear = 0;
  let powers = 0;
  let shannon = 0;
  for (let i = 0; i < z.length; i++) {
    if (p[i]! <= 0) continue;
    linear += p[i]! * z[i]!;
    powers += p[i]! ** q;
    shannon -= p[i]! * Math.log(p[i]!);
  }
  const renyi = q === 1 ? shannon : Math.log(powers) / (1 - q);
  const entropy = r === 1 ? renyi : (Math.exp((1 - r) * renyi) - 1) / (1 - r);
  return linear + entropy / q;
};

/** q and r at least 0.02 from 1, where the textbook formulas hold 13 digits. */
export const plain = ({ q, r }: Indices): boolean => (q === 1 || q > 1.02) && (r === 1 || r > 1.02);

/** Largest absolute difference. */
export const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let largest = a.length === b.length ? 0 : NaN;
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i]! - b[i]!);
    if (!(error <= largest)) largest = error;
  }
  return largest;
};
