// A small pseudo-random generator whose whole state is four integers, so that a checkpoint can hold it. Not for secrets.

/** State of {@link Random}: four unsigned 32-bit integers. */
export type RandomState = readonly [number, number, number, number];

/** sfc32 (Chris Doty-Humphrey's small fast counting generator, 32-bit), seeded by one integer. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** @param seed - An integer, taken modulo 2^32; or a state to go on from. */
  constructor(seed: number | RandomState) {
    [this.#a, this.#b, this.#c, this.#counter] =
      typeof seed === 'number' ? [seed >>> 0, 0x9e3779b9, 0x243f6a88, 1] : seed;
    if (typeof seed === 'number') for (let i = 0; i < 15; i++) this.uint32();
  }

  /** Everything the following numbers depend on. */
  get state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#counter];
  }

  /** Uniform in [0, 2^32). */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** Uniform integer in [0, below), without bias. */
  below(below: number): number {
    const limit = 2 ** 32 - (2 ** 32 % below);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % below;
  }

  /** Shuffles in place (Fisher-Yates). */
  shuffle<T extends Int32Array | unknown[]>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
    return items;
  }
}
