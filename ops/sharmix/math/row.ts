// One row of logits with the indices it is solved for.

import type { Settings } from './options.ts';

/** A row and its constants. Gaps d_i = (max - z_i) / temperature are recomputed where they are needed. */
export interface Row {
  readonly z: ArrayLike<number>;
  readonly q: number;
  readonly r: number;
  readonly temperature: number;
  /** q - 1 */
  readonly s: number;
  /** Largest logit; NaN where the row has no solution: NaN or +inf in it, or every class masked. */
  readonly max: number;
  /** First position of the largest logit. */
  readonly argmax: number;
  /** Number of classes that are not masked by -inf. */
  readonly classes: number;
}

/** Reads a row once: its largest logit and what spoils it. Under coupling `entmax` the map is solved with r = q. */
export const readRow = (z: ArrayLike<number>, settings: Settings): Row => {
  let max = -Infinity;
  let argmax = 0;
  let classes = 0;
  for (let i = 0; i < z.length; i++) {
    const value = z[i]!;
    if (value === -Infinity) continue;
    classes++;
    if (value <= max) continue;
    max = value;
    argmax = i;
    if (!(value < Infinity)) break;
  }
  const { q, temperature } = settings;
  return {
    z,
    q,
    r: settings.coupling === 'entmax' ? q : settings.r,
    temperature,
    s: q - 1,
    max: Number.isFinite(max) ? max : NaN,
    argmax,
    classes,
  };
};

/** Whether the row has a solution. */
export const isSolvable = (row: Row): boolean => !Number.isNaN(row.max);

/** Scaled gap `w_i = d_i / T` of class i, k = 1/T. One expression everywhere: the support must not depend on rounding. */
export const scaledGap = ({ z, max, temperature }: Row, i: number, k: number): number =>
  ((max - z[i]!) / temperature) * k;
