// Random rows of logits, of the kinds that solvers fail on, from a seeded generator.

/** A number in [0, 1). */
export type Random = () => number;

/** A seeded generator (a linear congruence: the tests need variety, not quality). */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const row = (n: number, entry: (i: number) => number): number[] =>
  Array.from({ length: n }, (_, i) => entry(i));

/** Rows of n logits by kind. */
export const rowKinds: Readonly<Record<string, (n: number, random: Random) => number[]>> = {
  dense: (n, random) => row(n, () => normal(random)),
  tiny: (n, random) => row(n, () => 1e-5 * normal(random)),
  wide: (n, random) => row(n, () => 30 * normal(random)),
  tied: (n, random) => row(n, () => Math.round(2 * normal(random)) / 2),
  led: (n, random) => {
    const lead = 4 * random();
    const noise = random() < 0.5 ? 0 : 0.1;
    return row(n, (i) => (i === 0 ? lead : noise * normal(random)));
  },
  clustered: (n, random) =>
    row(n, () => [0, 0.5, 1.5, 4][Math.floor(4 * random())]! + 1e-4 * normal(random)),
  masked: (n, random) => row(n, (i) => (i > 0 && random() < 0.3 ? -Infinity : normal(random))),
};
