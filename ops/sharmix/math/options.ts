// Options of the reference, their defaults and their ranges.

/** `exact`: the maximiser for q and r. `entmax`: q-entmax of z / temperature; r enters the loss alone. */
export type Coupling = 'exact' | 'entmax';

/** What a SharMiX row is computed with. */
export interface SharmixOptions {
  /** Index q, 1 <= q <= 4: 1 is dense, above it exact zeros appear. Default 1. */
  readonly q?: number | undefined;
  /** Index r, 1 <= r <= 4. Default q (q-entmax). */
  readonly r?: number | undefined;
  /** Divides the logits; finite and > 0. Default 1. */
  readonly temperature?: number | undefined;
  /** Default `exact`. */
  readonly coupling?: Coupling | undefined;
}

/** Options with the defaults filled in. */
export type Settings = { readonly [K in keyof SharmixOptions]-?: NonNullable<SharmixOptions[K]> };

/** Largest q and r of the reference. The operator takes q to 2 only. */
const maxIndex = 4;

/** @throws {RangeError} The index is outside [1, 4]; NaN is outside. */
export const checkIndex = (where: string, name: string, value: number): void => {
  if (value >= 1 && value <= maxIndex) return;
  throw new RangeError(`${where}: ${name} must be in [1, ${maxIndex}], got ${value}.`);
};

/** Fills the defaults in.
 * @throws {RangeError} A value outside its range: which one, the rule, the value. */
export const resolveOptions = (where: string, options: SharmixOptions): Settings => {
  const { q = 1, r = q, temperature = 1, coupling = 'exact' } = options;
  checkIndex(where, 'q', q);
  checkIndex(where, 'r', r);
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(`${where}: temperature must be finite and > 0, got ${temperature}.`);
  }
  if (coupling !== 'exact' && coupling !== 'entmax') {
    throw new RangeError(
      `${where}: coupling must be 'exact' or 'entmax', got ${JSON.stringify(coupling)}.`,
    );
  }
  return { q, r, temperature, coupling };
};
