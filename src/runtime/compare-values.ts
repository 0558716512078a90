// One value of two runs compared: shape, element type, the largest difference and where it is.

import { float16Value } from '../core/float16.ts';
import { sameShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';

/** How far two numbers may be apart: `|a - b| <= absolute + relative * |expected|`. */
export interface CompareTolerance {
  /** Default 1e-5. */
  readonly absolute?: number;
  /** Default 1e-3. */
  readonly relative?: number;
}

/** What came of comparing one value. */
export interface ValueDifference {
  /** Whether every element is within the tolerance. */
  readonly agrees: boolean;
  /** Elements compared. */
  readonly elements: number;
  /** Elements beyond the tolerance. */
  readonly differing: number;
  readonly maxAbsolute: number;
  readonly maxRelative: number;
  /** The element furthest beyond the tolerance (else the largest difference): `[0, 3]: 1.5, expected 1.25`. */
  readonly worst?: string;
  /** Why the values cannot be compared element by element. */
  readonly reason?: string;
}

const place = (dims: readonly number[], index: number): string => {
  const at: number[] = [];
  let rest = index;
  for (const dim of dims.toReversed()) {
    at.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return `[${at.join(', ')}]`;
};

const unlike = (reason: string): ValueDifference => ({
  agrees: false,
  elements: 0,
  differing: 0,
  maxAbsolute: Infinity,
  maxRelative: Infinity,
  reason,
});

const shapeText = (dims: readonly number[]): string => `[${dims.join(', ')}]`;

/** Whether and by how much a value differs from the expected one. Integers, bools and strings must be equal; NaN equals NaN. */
export const compareValues = (
  expected: Tensor,
  actual: Tensor,
  { absolute = 1e-5, relative = 1e-3 }: CompareTolerance = {},
): ValueDifference => {
  if (expected.dtype !== actual.dtype) return unlike(`${actual.dtype}, expected ${expected.dtype}`);
  if (!sameShape(expected.dims, actual.dims)) {
    return unlike(`shape ${shapeText(actual.dims)}, expected ${shapeText(expected.dims)}`);
  }
  const { dtype } = expected;
  const isFloat = dtype.startsWith('float');
  const number = (value: unknown): number =>
    dtype === 'float16' ? float16Value(value as number) : Number(value);
  let differing = 0;
  let maxAbsolute = 0;
  let maxRelative = 0;
  let worst = { score: 0, index: -1 };
  const length = expected.data.length;
  for (let i = 0; i < length; i++) {
    const want: unknown = expected.data[i];
    const have: unknown = actual.data[i];
    if (want === have) continue;
    const e = number(want);
    const a = number(have);
    if (isFloat && (Object.is(e, a) || e === a || (Number.isNaN(e) && Number.isNaN(a)))) continue;
    // Strings, and numbers of which one is NaN or infinite, have no difference that says more.
    const difference = Math.abs(a - e);
    const apart = Number.isNaN(difference) ? Infinity : difference;
    // An infinity agrees with nothing but itself.
    const allowed = isFloat && Number.isFinite(e) ? absolute + relative * Math.abs(e) : 0;
    const score = apart === Infinity ? Infinity : apart / Math.max(allowed, Number.MIN_VALUE);
    if (!(apart <= allowed)) differing++;
    maxAbsolute = Math.max(maxAbsolute, apart);
    maxRelative = Math.max(maxRelative, apart / Math.max(Math.abs(e), Number.MIN_VALUE) || 0);
    if (score > worst.score || worst.index < 0) worst = { score, index: i };
  }
  const show = (value: unknown): string =>
    typeof value === 'string' ? JSON.stringify(value) : String(number(value));
  return {
    agrees: differing === 0,
    elements: length,
    differing,
    maxAbsolute,
    maxRelative,
    ...(worst.index < 0
      ? {}
      : {
          worst: `${place(expected.dims, worst.index)}: ${show(actual.data[worst.index])}, expected ${show(expected.data[worst.index])}`,
        }),
  };
};
