// Seeded random numbers for generated cases: the same everywhere for the same seed.

/** A stream of random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform in 0 .. count - 1. */
  integer(count: number): number;
  /** One of a list. */
  pick<T>(list: readonly T[]): T;
}

/** The stream of a seed (Mulberry32). */
export const randomOf = (seed: number): Random => {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (count: number): number => Math.floor(uniform() * count);
  return {
    uniform,
    // Box-Muller; 1 - u is never 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer,
    pick: (list) => list[integer(list.length)]!,
  };
};
