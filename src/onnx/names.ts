// Names of values and nodes within one graph or function: fresh ones by a counter per hint, taken ones refused.

import { ModelError } from '../core/errors.ts';

/** Hands out names that are unique in a graph and all its subgraphs. The same calls give the same names. */
export class Names {
  readonly #taken = new Set<string>();
  readonly #reserved = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** Takes a name that was chosen.
   * @throws {ModelError} It is taken already. */
  take(name: string, where: string): string {
    if (name === '' || this.#taken.has(name)) {
      throw new ModelError({
        where,
        what: `the name ${JSON.stringify(name)}`,
        rule: name === '' ? 'must not be empty' : 'must be unique in the graph',
      });
    }
    this.#taken.add(name);
    return name;
  }

  /** Keeps a name from being made up by `fresh` before it is taken. */
  reserve(name: string): void {
    this.#reserved.add(name);
  }

  /** A name nobody has: `hint_1`, `hint_2`, ... */
  fresh(hint: string): string {
    for (;;) {
      const count = (this.#counts.get(hint) ?? 0) + 1;
      this.#counts.set(hint, count);
      const name = `${hint}_${count}`;
      if (this.#taken.has(name) || this.#reserved.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }

  /** A name nobody has, which is not taken yet. */
  untaken(hint: string): string {
    const name = this.fresh(hint);
    this.#taken.delete(name);
    return name;
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }
}
