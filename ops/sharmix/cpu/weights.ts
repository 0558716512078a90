// Weights e of a solved row; p = e / sum of e.

import type { Problem } from './problem.ts';
import type { Row } from './row.ts';

/** e = (1 - s w)_+^(1/s) of a scaled gap w = d/T. */
const weightOf = ({ s, power, inverseS }: Problem, w: number): number => {
  if (power === 'exp') return Math.exp(-w);
  const u = 1 - s * w;
  if (!(u > 0)) return 0;
  switch (power) {
    case 'linear':
      return u;
    case 'square':
      return u * u;
    case 'fourth':
      return u * u * u * u;
    default:
      return Math.exp(Math.log(u) * inverseS);
  }
};

/** Weights of a read row at ln T = x into `row.weights`; their sum. */
export const weigh = (
  { weights, max }: Row,
  problem: Problem,
  z: Float32Array,
  start: number,
  n: number,
  stride: number,
  x: number,
): number => {
  const scale = Math.exp(-x) / problem.temperature;
  let total = 0;
  for (let i = 0, at = start; i < n; i++, at += stride) {
    const weight = weightOf(problem, (max - z[at]!) * scale);
    weights[i] = weight;
    total += weight;
  }
  return total;
};
