// The rule for distributions that a caller hands in: targets of the loss, arguments of the entropy.

/** How far the sum may be from 1: float32 rows of a few thousand classes stay within. */
const sumTolerance = 1e-5;

/** @throws {RangeError} An entry is no number >= 0 (which one), or the sum is not 1. */
export const checkDistribution = (where: string, name: string, p: ArrayLike<number>): void => {
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    if (!(p[i]! >= 0)) throw new RangeError(`${where}: ${name}[${i}] must be >= 0, got ${p[i]}.`);
    sum += p[i]!;
  }
  if (Math.abs(sum - 1) <= sumTolerance) return;
  throw new RangeError(`${where}: ${name} must sum to 1 within ${sumTolerance}, got ${sum}.`);
};
