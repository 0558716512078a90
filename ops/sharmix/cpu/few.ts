// Rows of a few classes: Halley's method without bracket and compaction, which gives up where it does not settle at once.

import { smallStep } from './polish.ts';
import type { Problem } from './problem.ts';
import type { Row } from './row.ts';
import { boundTemperature, evenTemperature } from './start.ts';

/** Rows of at most so many classes gain by it. */
export const fewClasses = 8;
const maxSteps = 6;
/** A longer step, in ln T, is left to the bracketed search. */
const largestStep = 1.5;
/** w above this has weight 0 in float64 at q = 1. */
const farthest = 745;
/** Changes of ln e below this are expanded to the third order: an error of 1e-9 of e. */
const smallChange = 0.01;

const gaps = new Float64Array(fewClasses);
const slopes = new Float64Array(fewClasses);

/** e of u = 1 - s w; exp(-w) at q = 1. */
const powerOf = ({ power, inverseS }: Problem, u: number, w: number): number => {
  if (power === 'square') return u * u;
  if (power === 'general') return w === 0 ? 1 : Math.exp(Math.log(u) * inverseS);
  if (power === 'linear') return u;
  return power === 'exp' ? Math.exp(-w) : u * u * u * u;
};

/** Weights after a step in ln T from where `row.weights` holds e, and {@link slopes} a; their sum. */
const weighFew = (
  problem: Problem,
  { weights }: Row,
  n: number,
  k: number,
  step: number,
): number => {
  const { s, power } = problem;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const w = gaps[i]! * k;
    const u = s === 0 ? Number(w < farthest) : 1 - s * w;
    let e = 0;
    if (u > 0) {
      const a = slopes[i]!;
      const bend = 1 + s * a;
      const first = a * step;
      if (power !== 'square' && Math.abs(first) * (bend + s * a) < smallChange && weights[i]! > 0) {
        // a' = -a (1 + s a), a'' = a (1 + s a)(1 + 2 s a).
        const change = first * (1 - 0.5 * bend * step * (1 - ((bend + s * a) * step) / 3));
        e = weights[i]! * (1 + change * (1 + change * (0.5 + change / 6)));
      } else e = powerOf(problem, u, w);
    }
    weights[i] = e;
    total += e;
  }
  return total;
};

/** Solves a read row of n classes at `start` of z, where G has one root.
 * @returns Sum of `row.weights`; NaN where the bracketed search has to solve it. */
export const solveFew = (
  problem: Problem,
  row: Row,
  z: Float32Array,
  start: number,
  n: number,
  stride: number,
): number => {
  const { q, r, s, inverseS, temperature } = problem;
  const { max, weights } = row;
  for (let i = 0, at = start; i < n; i++, at += stride) gaps[i] = (max - z[at]!) / temperature;
  const even = evenTemperature(problem, row);
  const t = even > 0 ? even : boundTemperature(problem, row);
  const first = r >= q && t > 1 ? 1 : t;
  let x = Math.log(first);
  let k = 1 / first;
  for (let tries = 0; tries < maxSteps; tries++) {
    let e0 = 0;
    let ew = 0;
    let ea = 0;
    let eaw = 0;
    let eaa = 0;
    let eaaw = 0;
    let inside = 0;
    let outside = Infinity;
    for (let i = 0; i < n; i++) {
      const gap = gaps[i]!;
      const w = gap * k;
      const u = s === 0 ? Number(w < farthest) : 1 - s * w;
      if (u > 0) {
        const e = powerOf(problem, u, w);
        const a = w / u;
        const eSlope = e * a;
        const second = eSlope * a;
        e0 += e;
        ew += e * w;
        ea += eSlope;
        eaw += eSlope * w;
        eaa += second;
        eaaw += second * w;
        if (gap > inside) inside = gap;
        weights[i] = e;
        slopes[i] = a;
      } else {
        if (gap < outside) outside = gap;
        weights[i] = 0;
        slopes[i] = 0;
      }
    }
    const scale = 1 / e0;
    const a = ea * scale;
    const m = ew * scale;
    const aw = eaw * scale;
    const spread = eaa * scale;
    const c = 1 - s * m;
    const a1 = (1 - s) * spread - a - a * a;
    const m1 = aw - m * (1 + a);
    const m2 = (1 - s) * eaaw * scale - aw * (2 + a) - m1 * (1 + a) - m * a1;
    const inverseC = 1 / c;
    const ratio = m1 * inverseC;
    const logMean = s === 0 ? m : -Math.log(c) * inverseS;
    const g = x + (r - 1) * Math.log(e0) + (r - q) * logMean;
    const g1 = 1 + (r - 1) * a + (r - q) * ratio;
    const g2 = (r - 1) * a1 + (r - q) * (s * ratio * ratio + m2 * inverseC);
    const denominator = 2 * g1 * g1 - g * g2;
    const step = (-2 * g * g1) / denominator;
    if (!(denominator > 0 && g1 > 0 && Math.abs(step) < largestStep)) return NaN;
    if (Math.abs(step) * (1 + a + Math.sqrt(spread)) < smallStep) {
      const next = k * (1 - step * (1 - step * (0.5 - step / 6)));
      // Classes that enter or leave the support on the way are not in the sums the step was made of.
      if (s * inside * next < 1 && s * outside * next > 1)
        return weighFew(problem, row, n, next, step);
    }
    x += step;
    k *= Math.exp(-step);
  }
  return NaN;
};
