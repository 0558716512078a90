// Compares claimed derivatives of one scalar function with central differences, entry by entry. Knows no operator.

import { SharmixError } from '../core/errors.ts';

/** A gradient that is not the derivative of its function. */
export class GradientError extends SharmixError {
  override readonly code = 'GRADIENT';
}

/** How strictly gradients are checked. */
export interface GradcheckTolerances {
  /** Step of the differences where |x| <= 1, in proportion to |x| beyond. Default 1e-4: with the extrapolation used, errors near 1e-11. */
  readonly step?: number;
  /** Allowed error relative to the larger of the two values. Default 1e-7. */
  readonly relative?: number;
  /** Allowed absolute error. Default 1e-8. */
  readonly absolute?: number;
}

/** A scalar function of named arrays and the derivatives claimed for it. */
export interface GradientProblem {
  /** Name of the function, put in front of messages. */
  readonly where: string;
  /** The point. Entries are changed in place while differences are taken, and restored. */
  readonly point: ReadonlyMap<string, Float64Array>;
  /** The function at the present values of `point`. */
  readonly value: () => number | Promise<number>;
  /** Claimed derivatives by each array to be checked, as long as it. */
  readonly claimed: ReadonlyMap<string, ArrayLike<number>>;
}

/** The outcome for one input. */
export interface CheckedInput {
  readonly input: string;
  readonly entries: number;
  /** Largest |claimed - difference|. */
  readonly largestError: number;
}

interface Mismatch {
  readonly entry: string;
  readonly claimed: number;
  readonly numeric: number;
  readonly error: number;
  readonly allowed: number;
  /** |difference at h - difference at h/2|: large beside `allowed` at a kink or where rounding dominates. */
  readonly spread: number;
}

/** At how many mismatches a message stops naming them. */
const maxNamed = 5;

const describe = ({ entry, claimed, numeric, error, allowed }: Mismatch): string =>
  `${entry}: claimed ${claimed}, central difference ${numeric}, off by ${error.toPrecision(3)} (allowed ${allowed.toPrecision(3)})`;

const failure = (where: string, mismatches: readonly Mismatch[], entries: number): Error => {
  // NaN counts as the largest error.
  const sizeOf = ({ error }: Mismatch): number => (Number.isNaN(error) ? Infinity : error);
  const worst = mismatches.toSorted((a, b) => (sizeOf(a) < sizeOf(b) ? 1 : -1));
  const named = worst.slice(0, maxNamed).map(describe);
  const rest = mismatches.length - named.length;
  const kinks = mismatches.filter(({ spread, allowed }) => !(spread <= 100 * allowed));
  return new GradientError({
    where,
    what: `gradient of ${mismatches.length} of ${entries} entries`,
    rule: 'must equal the central difference',
    actual: named.join('; ') + (rest > 0 ? `; and ${rest} more` : ''),
    ...(kinks.length === 0
      ? {}
      : {
          hint: `at ${kinks[0]!.entry} the differences of step h and h/2 disagree too (by ${kinks[0]!.spread.toPrecision(3)}): the point may lie at a kink, or the step is wrong for it`,
        }),
  });
};

/** Central difference in one entry at steps h and h/2, extrapolated to error h^4. */
const differenceAt = async (
  { where, value }: GradientProblem,
  values: Float64Array,
  index: number,
  entry: string,
  step: number,
): Promise<{ numeric: number; spread: number }> => {
  const x = values[index]!;
  const at = async (moved: number): Promise<number> => {
    values[index] = moved;
    try {
      return await value();
    } catch (cause) {
      throw new GradientError({
        where,
        what: `value at ${entry} = ${moved}`,
        rule: 'must exist to take a difference',
        hint: 'keep the point at least one step inside the domain, or choose a smaller step',
        cause,
      });
    } finally {
      values[index] = x;
    }
  };
  const slope = async (h: number): Promise<number> => {
    // The step as it is in float64, so that x +- h is exact.
    const above = x + h;
    const below = x - h;
    return ((await at(above)) - (await at(below))) / (above - below);
  };
  if (!Number.isFinite(x)) return { numeric: 0, spread: 0 };
  const h = step * Math.max(1, Math.abs(x));
  const coarse = await slope(h);
  const fine = await slope(h / 2);
  return { numeric: fine + (fine - coarse) / 3, spread: Math.abs(fine - coarse) };
};

/** Compares every claimed derivative with the central difference. An infinite entry (a mask) must have derivative 0.
 * @throws {GradientError} Which input and index, both values, and by how much; or a claim of the wrong length. */
export const compareGradients = async (
  problem: GradientProblem,
  { step = 1e-4, relative = 1e-7, absolute = 1e-8 }: GradcheckTolerances,
): Promise<CheckedInput[]> => {
  const { where, point, claimed } = problem;
  const checked: CheckedInput[] = [];
  const mismatches: Mismatch[] = [];
  let entries = 0;
  for (const [input, gradient] of claimed) {
    const values = point.get(input);
    if (values?.length !== gradient.length) {
      throw new GradientError({
        where,
        what: `gradient of ${input}`,
        rule: values === undefined ? 'is not of an input' : `must have ${values.length} entries`,
        actual: String(gradient.length),
      });
    }
    let largestError = 0;
    for (let i = 0; i < values.length; i++) {
      const entry = `${input}[${i}]`;
      const { numeric, spread } = await differenceAt(problem, values, i, entry, step);
      const error = Math.abs(gradient[i]! - numeric);
      const allowed = absolute + relative * Math.max(Math.abs(gradient[i]!), Math.abs(numeric));
      if (!(error <= largestError)) largestError = error;
      if (!(error <= allowed)) {
        mismatches.push({ entry, claimed: gradient[i]!, numeric, error, allowed, spread });
      }
    }
    entries += values.length;
    checked.push({ input, entries: values.length, largestError });
  }
  if (mismatches.length > 0) throw failure(where, mismatches, entries);
  return checked;
};
