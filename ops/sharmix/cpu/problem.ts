// What the rows of one call share: indices, temperature, and which form the power e = u^(1/s) takes.

import { rangeError } from '../../../src/schema/index.ts';
import { checkIndices, type Coupling } from '../schema.ts';

/** What rows are computed with; `r` is read under coupling `exact` (and by the loss). */
export interface RowOptions {
  /** 1 <= q <= 2 */
  readonly q: number;
  /** 1 <= r <= 4 */
  readonly r: number;
  /** Finite and > 0. */
  readonly temperature: number;
  readonly coupling: Coupling;
}

/** Forms of the power: exp(-w) at q = 1; u^4, u^2, u at q = 1.25, 1.5, 2; else exp(ln(u)/s). */
type Power = 'exp' | 'fourth' | 'square' | 'linear' | 'general';

/** A checked problem. */
export interface Problem {
  readonly q: number;
  /** q under coupling `entmax`. */
  readonly r: number;
  /** q - 1 */
  readonly s: number;
  /** 1/s; 0 at s = 0 */
  readonly inverseS: number;
  readonly temperature: number;
  readonly power: Power;
  /** Whether the objective is concave on the simplex: one root. */
  readonly isConcave: boolean;
  /** A gap of at least this many effective temperatures has weight 0: off the support, or below float32's least value. */
  readonly reach: number;
}

/** exp(-104) is below half of the least float32. */
const floor = 104;
/** q this near to 1 is 1: the probabilities differ by less than s/3. */
const nearOne = 2 ** -24;

const powers: ReadonlyMap<number, Power> = new Map([
  [0, 'exp'],
  [0.25, 'fourth'],
  [0.5, 'square'],
  [1, 'linear'],
]);

const createProblem = ({ q, r, temperature, coupling }: RowOptions, where: string): Problem => {
  checkIndices(q, r, where);
  if (!(temperature > 0 && temperature < Infinity)) {
    throw rangeError({
      where,
      what: 'temperature',
      rule: 'must be finite and > 0',
      actual: String(temperature),
    });
  }
  const s = q - 1 < nearOne ? 0 : q - 1;
  const inverseS = s === 0 ? 0 : 1 / s;
  const usedR = coupling === 'entmax' ? q : r;
  return {
    q,
    r: usedR,
    s,
    inverseS,
    temperature,
    power: powers.get(s) ?? 'general',
    isConcave: usedR >= 2 - 1 / q,
    reach: s * floor < 1 ? floor : inverseS,
  };
};

/** The last call's: models call with the same options again and again. */
let last: { readonly options: RowOptions; readonly problem: Problem } | undefined;

/** Checks the options of a call.
 * @throws {RangeError} q, r or the temperature is out of range. */
export const problemOf = ({ q, r, temperature, coupling }: RowOptions, where: string): Problem => {
  if (
    last !== undefined &&
    last.options.q === q &&
    last.options.r === r &&
    last.options.temperature === temperature &&
    last.options.coupling === coupling
  ) {
    return last.problem;
  }
  const options: RowOptions = { q, r, temperature, coupling };
  const problem = createProblem(options, where);
  last = { options, problem };
  return problem;
};
