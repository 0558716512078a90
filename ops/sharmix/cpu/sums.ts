// Sums over a row at one effective temperature, and the equation G(x) = 0 made of them. x = ln T.

import type { Problem } from './problem.ts';
import type { Row } from './row.ts';

/** Sums at one x. With w = d/T, u = 1 - s w, e = u^(1/s), a = w/u = d ln e/dx; <.> is the mean under p = e/E. */
export interface Sums {
  /** E = sum e */
  e: number;
  /** sum e w */
  ew: number;
  /** sum e a */
  ea: number;
  /** sum e a w */
  eaw: number;
  /** sum e a^2; 0 where its factor 1 - s is 0 */
  eaa: number;
  /** sum e a^2 w; 0 where its factor 1 - s is 0 */
  eaaw: number;
  /** Largest gap inside the support. */
  inside: number;
  /** Smallest gap outside the support, of those within reach. */
  outside: number;
  /** ln E */
  logE: number;
  /** m = <w> */
  mean: number;
  /** A = <a> = d ln E/dx */
  slope: number;
  /** L(m) = -ln(1 - s m)/s, so that the Renyi entropy of p is ln E + L */
  logMean: number;
  g: number;
  /** dG/dx */
  g1: number;
  /** d2G/dx2 */
  g2: number;
}

/** Sums to be filled by {@link evaluate}. */
export const createSums = (): Sums => ({
  e: NaN,
  ew: NaN,
  ea: NaN,
  eaw: NaN,
  eaa: NaN,
  eaaw: NaN,
  inside: NaN,
  outside: NaN,
  logE: NaN,
  mean: NaN,
  slope: NaN,
  logMean: NaN,
  g: NaN,
  g1: NaN,
  g2: NaN,
});

/** q = 1: e = exp(-w), a = w, no end of the support. */
const addExp = (sums: Sums, { gaps, others }: Row, k: number): void => {
  let e0 = 1;
  let ew = 0;
  let eaa = 0;
  let eaaw = 0;
  for (let i = 0; i < others; i++) {
    const w = gaps[i]! * k;
    const e = Math.exp(-w);
    const first = e * w;
    const second = first * w;
    e0 += e;
    ew += first;
    eaa += second;
    eaaw += second * w;
  }
  sums.e = e0;
  sums.ew = ew;
  sums.ea = ew;
  sums.eaw = eaa;
  sums.eaa = eaa;
  sums.eaaw = eaaw;
  sums.inside = 0;
  sums.outside = Infinity;
};

/** q = 2: e = u, e a = w. */
const addLinear = (sums: Sums, { gaps, others }: Row, k: number): void => {
  let e0 = 1;
  let ew = 0;
  let ea = 0;
  let eaw = 0;
  let inside = 0;
  let outside = Infinity;
  for (let i = 0; i < others; i++) {
    const gap = gaps[i]!;
    const w = gap * k;
    const u = 1 - w;
    if (u > 0) {
      e0 += u;
      ew += u * w;
      ea += w;
      eaw += w * w;
      if (gap > inside) inside = gap;
    } else if (gap < outside) outside = gap;
  }
  sums.e = e0;
  sums.ew = ew;
  sums.ea = ea;
  sums.eaw = eaw;
  sums.eaa = 0;
  sums.eaaw = 0;
  sums.inside = inside;
  sums.outside = outside;
};

/** q = 1.5 and 1.25: e = u^2 or u^4, e/u and e/u^2 by multiplication. */
const addSmallPower = (
  sums: Sums,
  { gaps, others }: Row,
  k: number,
  s: number,
  isFourth: boolean,
): void => {
  let e0 = 1;
  let ew = 0;
  let ea = 0;
  let eaw = 0;
  let eaa = 0;
  let eaaw = 0;
  let inside = 0;
  let outside = Infinity;
  for (let i = 0; i < others; i++) {
    const gap = gaps[i]!;
    const w = gap * k;
    const u = 1 - s * w;
    if (u > 0) {
      const least = isFourth ? u * u : 1;
      const middle = least * u;
      const e = middle * u;
      e0 += e;
      ew += e * w;
      ea += middle * w;
      eaw += middle * w * w;
      const second = least * w * w;
      eaa += second;
      eaaw += second * w;
      if (gap > inside) inside = gap;
    } else if (gap < outside) outside = gap;
  }
  sums.e = e0;
  sums.ew = ew;
  sums.ea = ea;
  sums.eaw = eaw;
  sums.eaa = eaa;
  sums.eaaw = eaaw;
  sums.inside = inside;
  sums.outside = outside;
};

/** Any other q: e = exp(ln(u)/s). In float64 the rounding of u costs 2^-53/s, far below float32's for every s used. */
const addGeneral = (
  sums: Sums,
  { gaps, others }: Row,
  k: number,
  s: number,
  inverseS: number,
): void => {
  let e0 = 1;
  let ew = 0;
  let ea = 0;
  let eaw = 0;
  let eaa = 0;
  let eaaw = 0;
  let inside = 0;
  let outside = Infinity;
  for (let i = 0; i < others; i++) {
    const gap = gaps[i]!;
    const w = gap * k;
    const u = 1 - s * w;
    if (u > 0) {
      const e = Math.exp(Math.log(u) * inverseS);
      const a = w / u;
      const first = e * a;
      const second = first * a;
      e0 += e;
      ew += e * w;
      ea += first;
      eaw += first * w;
      eaa += second;
      eaaw += second * w;
      if (gap > inside) inside = gap;
    } else if (gap < outside) outside = gap;
  }
  sums.e = e0;
  sums.ew = ew;
  sums.ea = ea;
  sums.eaw = eaw;
  sums.eaa = eaa;
  sums.eaaw = eaaw;
  sums.inside = inside;
  sums.outside = outside;
};

/** Evaluates `G = x + (r - 1) ln E + (r - q) L(m)` and its first two derivatives; nothing is divided by s but logarithms. */
export const evaluate = (sums: Sums, problem: Problem, row: Row, x: number): void => {
  const { q, r, s, power, inverseS } = problem;
  const k = Math.exp(-x);
  if (power === 'exp') addExp(sums, row, k);
  else if (power === 'linear') addLinear(sums, row, k);
  else if (power === 'general') addGeneral(sums, row, k, s, inverseS);
  else addSmallPower(sums, row, k, s, power === 'fourth');
  const scale = 1 / sums.e;
  const logE = Math.log(sums.e);
  const a = sums.ea * scale;
  const a1 = (1 - s) * sums.eaa * scale - a - a * a;
  sums.logE = logE;
  sums.slope = a;
  sums.g = x + (r - 1) * logE;
  sums.g1 = 1 + (r - 1) * a;
  sums.g2 = (r - 1) * a1;
  const m = sums.ew * scale;
  sums.mean = m;
  if (r === q) return;
  const aw = sums.eaw * scale;
  const c = 1 - s * m;
  const m1 = aw - m * (1 + a);
  const m2 = (1 - s) * sums.eaaw * scale - aw * (2 + a) - m1 * (1 + a) - m * a1;
  const ratio = m1 / c;
  sums.logMean = negativeLog(problem, m);
  sums.g += (r - q) * sums.logMean;
  sums.g1 += (r - q) * ratio;
  sums.g2 += (r - q) * (s * ratio * ratio + m2 / c);
};

/** -ln(1 - s w)/s, w at s = 0: -ln e of a scaled gap inside the support, and L(m) of the mean. */
export const negativeLog = ({ s, inverseS }: Problem, w: number): number =>
  s === 0 ? w : -Math.log(1 - s * w) * inverseS;
