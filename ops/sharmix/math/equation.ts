// The scalar equation G(x) = 0 for x = ln T, T the effective temperature, with its first two derivatives.

import { logQuotient } from './quotients.ts';
import { scaledGap, type Row } from './row.ts';

/** Sums over a row at one effective temperature. <.> is the mean under p. */
export interface Point {
  x: number;
  /** E = sum of e_i */
  total: number;
  /** ln E */
  logTotal: number;
  /** m = <w> */
  meanGap: number;
  /** <a>, which is d ln E / dx */
  meanSlope: number;
  /** Renyi entropy of p, nats */
  entropy: number;
  g: number;
  gSlope: number;
  gCurvature: number;
}

/** A point to be filled by {@link evaluate}. */
export const createPoint = (): Point => ({
  x: 0,
  total: 0,
  logTotal: 0,
  meanGap: 0,
  meanSlope: 0,
  entropy: 0,
  g: 0,
  gSlope: 0,
  gCurvature: 0,
});

/** `e = (1 - s w)_+^(1/s)`, exp(-w) at s = 0, for a scaled gap w = d / T. Nothing is divided by s. */
export const weight = (s: number, w: number): number => {
  const v = s * w;
  if (!(v < 1)) return 0;
  // The powers of sparsemax and of 1.5-entmax need no transcendental function.
  if (s === 1) return 1 - v;
  if (s === 0.5) return (1 - v) * (1 - v);
  return Math.exp(-w * logQuotient(v));
};

/** Evaluates G and its derivatives at x.
 *
 * With w = d/T, u = 1 - s w, e = u^(1/s), a = w/u = d ln e/dx, m = <w> and Renyi entropy H = ln E - ln(1 - s m)/s:
 * The largest class has e = 1 and w = 0 and is left out of the sums: ln E = log1p(rest) keeps a tiny rest.
 *
 * `G = x + s ln E - (q - r) H = x + (r - 1) ln E + (q - r) ln(1 - s m)/s`. */
export const evaluate = (row: Row, x: number, at: Point): void => {
  const { z, q, r, s, argmax } = row;
  const k = Math.exp(-x);
  let rest = 0;
  let ew = 0;
  let ea = 0;
  let eaw = 0;
  let eaa = 0;
  let eaaw = 0;
  for (let i = 0; i < z.length; i++) {
    if (i === argmax) continue;
    const w = scaledGap(row, i, k);
    const e = weight(s, w);
    if (e === 0) continue;
    const a = w / (1 - s * w);
    rest += e;
    ew += e * w;
    ea += e * a;
    eaw += e * a * w;
    eaa += e * a * a;
    eaaw += e * a * a * w;
  }
  const e0 = 1 + rest;
  const m = ew / e0;
  const a = ea / e0;
  const aw = eaw / e0;
  const c = 1 - s * m;
  const mSlope = aw - m * (1 + a);
  const aSlope = ((1 - s) * eaa) / e0 - a - a * a;
  const mCurvature = -2 * aw + ((1 - s) * eaaw) / e0 - aw * a - mSlope * (1 + a) - m * aSlope;
  const ratio = mSlope / c;
  at.x = x;
  at.total = e0;
  at.logTotal = Math.log1p(rest);
  at.meanGap = m;
  at.meanSlope = a;
  at.entropy = at.logTotal + m * logQuotient(s * m);
  at.g = x + s * at.logTotal - (q - r) * at.entropy;
  at.gSlope = 1 + (r - 1) * a + (r - q) * ratio;
  at.gCurvature = (r - 1) * aSlope + (r - q) * (s * ratio * ratio + mCurvature / c);
};
