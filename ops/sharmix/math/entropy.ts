// Renyi and Sharma-Mittal entropies of a distribution and their partial derivatives, without 0/0 at q = 1, r = 1, r = q.

import { checkDistribution } from './distribution.ts';
import { checkIndex } from './options.ts';
import { expQuotient, expQuotient2, expQuotientSlope, logQuotient } from './quotients.ts';

/** Sums over y_i = ln p_i + H_1, the log probabilities centred under p, for one s = q - 1. */
export interface CentredSums {
  /** sum p y^2 expQuotient2(s y): `sum p exp(s y) = 1 + s^2 Q` */
  q: number;
  /** sum p y^2 expQuotient(s y): `d(sum p exp(s y))/ds = s P` */
  p: number;
}

/** Adds one class to the sums. */
export const addCentred = (sums: CentredSums, s: number, p: number, y: number): void => {
  const square = p * y * y;
  sums.q += square * expQuotient2(s * y);
  sums.p += square * expQuotient(s * y);
};

/** Renyi entropy of order 1 + s out of the Shannon entropy, in nats: `ln(sum p^q)/(1 - q) = H_1 - ln(1 + s^2 Q)/s`. */
const renyiOf = (shannon: number, s: number, { q }: CentredSums): number =>
  shannon - s * q * logQuotient(-s * s * q);

/** Its derivative by q at fixed p: `ln(1 + s^2 Q)/s^2 - P/(1 + s^2 Q)`. */
export const renyiByQOf = (s: number, { q, p }: CentredSums): number =>
  q * logQuotient(-s * s * q) - p / (1 + s * s * q);

/** Sharma-Mittal entropy of order (q, r) out of the Renyi entropy of order q: `(exp((1 - r) H) - 1)/(1 - r)`. */
export const sharmaMittalOf = (renyi: number, r: number): number =>
  renyi * expQuotient((1 - r) * renyi);

/** Derivatives of `H_{r,q}(p)/q` by q and r at fixed p. */
export const potentialSlopes = (
  renyi: number,
  renyiByQ: number,
  q: number,
  r: number,
): { dq: number; dr: number } => ({
  dq: (Math.exp((1 - r) * renyi) * renyiByQ - sharmaMittalOf(renyi, r) / q) / q,
  dr: (0 - renyi * renyi * expQuotientSlope((1 - r) * renyi)) / q,
});

/** Renyi entropy of a distribution and its derivative by q. */
export const entropiesOf = (
  p: ArrayLike<number>,
  q: number,
): { renyi: number; renyiByQ: number } => {
  const s = q - 1;
  let shannon = 0;
  for (let i = 0; i < p.length; i++) if (p[i] !== 0) shannon -= p[i]! * Math.log(p[i]!);
  const sums: CentredSums = { q: 0, p: 0 };
  for (let i = 0; i < p.length; i++) {
    if (p[i] !== 0) addCentred(sums, s, p[i]!, Math.log(p[i]!) + shannon);
  }
  return { renyi: renyiOf(shannon, s, sums), renyiByQ: renyiByQOf(s, sums) };
};

/** Sharma-Mittal entropy in nats: `((sum p^q)^((1-r)/(1-q)) - 1)/(1 - r)`.
 *
 * Its limits: Renyi at r = 1, Tsallis at r = q, Gaussian `(exp((1-r) H_1) - 1)/(1-r)` at q = 1, Shannon at q = r = 1.
 *
 * @param p - A distribution; 0 ln 0 counts as 0.
 * @param q - 1 <= q <= 4.
 * @param r - 1 <= r <= 4. Default q.
 * @returns The entropy, >= 0; NaN if p holds NaN; 0 for the empty distribution.
 * @throws {RangeError} An index out of range, a negative entry, or entries that do not sum to 1 within 1e-5. */
export const sharmaMittalEntropy = (p: ArrayLike<number>, q: number, r: number = q): number => {
  checkIndex('sharmaMittalEntropy', 'q', q);
  checkIndex('sharmaMittalEntropy', 'r', r);
  if (p.length === 0) return 0;
  for (let i = 0; i < p.length; i++) if (Number.isNaN(p[i])) return NaN;
  checkDistribution('sharmaMittalEntropy', 'p', p);
  return sharmaMittalOf(entropiesOf(p, q).renyi, r);
};
